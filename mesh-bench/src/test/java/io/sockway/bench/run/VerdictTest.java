package io.sockway.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.lab.SockwayStatus;
import io.sockway.bench.report.ClientView;
import io.sockway.bench.report.CpuShare;
import io.sockway.bench.report.HopBytes;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.VariantResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final List<String> HOPS = List.of("app to Envoy", "Envoy to Envoy", "Envoy to nginx");
    private static final Map<String, Double> PLAIN = Map.of(HOPS.get(0), 640.0, HOPS.get(1), 700.0, HOPS.get(2), 710.0);
    private static final Set<String> LOCAL = Set.of(HOPS.get(0), HOPS.get(2));

    @Test
    void shouldBelieveLocalHopsThatStandStill() {
        assertThat(judge(LOCAL, round(0, 2, 700, 0)).valid()).isTrue();
    }

    @Test
    void shouldNameTheHopThatStillGoesByTcpAndTheRound() {
        VariantResult result = judge(LOCAL, round(0, 2, 700, 0), round(0, 2, 700, 355));

        assertThat(result.problems()).containsExactly("Envoy to nginx carried up to 50 % of its bytes by TCP in 1 of 2 rounds");
        assertThat(result.rounds().get(0).problems()).isEmpty();
        assertThat(result.rounds().get(1).problems()).containsExactly("Envoy to nginx carried 50 % of its bytes by TCP");
    }

    @Test
    void shouldExpectOnlyTheHopsThatAreClaimedToStandStill() {
        assertThat(judge(Set.copyOf(HOPS), round(0, 2, 700, 0)).problems())
                .containsExactly("Envoy to Envoy carried up to 100 % of its bytes by TCP in 1 of 1 rounds");
        assertThat(judge(Set.of(), round(0, 640, 700, 710)).valid()).isTrue();
    }

    @Test
    void shouldCountFailedRequestsOfAnyVariant() {
        assertThat(judge(Set.of(), round(2, 640, 700, 710), round(1, 640, 700, 710)).problems()).containsExactly("3 requests failed");
    }

    @Test
    void shouldNotBelieveAStillHopThatSockwayHasNoPartIn() {
        Round round = round(0, 2, 700, 0);
        SockwayStatus idle = new SockwayStatus("0.1.0", 0, 9, 0, 1_000, 0, 5, Map.of(), Set.of());

        assertThat(judge(LOCAL, new Round(round.metrics(), round.cpu(), round.hops(), round.client(), Map.of(), 0, Optional.of(idle),
                List.of())).problems()).containsExactly("Sockway redirected nothing in 1 of 1 rounds");
    }

    private static VariantResult judge(Set<String> redirected, Round... rounds) {
        return new Verdict(PLAIN).judge("variant", Stream.of(rounds).map(round -> claiming(redirected, round)).toList());
    }

    private static Round claiming(Set<String> redirected, Round round) {
        List<HopBytes> hops = round.hops().stream().map(hop -> new HopBytes(hop.hop(), hop.local(), redirected.contains(hop.hop()),
                hop.receivedPerRequest(), hop.ackedPerRequest())).toList();
        return new Round(round.metrics(), round.cpu(), hops, round.client(), round.extras(), round.disturbance(), round.sockway(),
                round.problems());
    }

    private static Round round(long errors, double... received) {
        return new Round(Map.of(), new CpuShare(Map.of(), 0, false), IntStream.range(0, received.length).mapToObj(index -> new HopBytes(
                HOPS.get(index), index != 1, false, received[index], received[index])).toList(),
                new ClientView(errors == 0 ? Map.of() : Map.of("reset", errors), List.of(), List.of()), Map.of(), 0, Optional.empty(),
                List.of());
    }
}
