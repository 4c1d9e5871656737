package io.sockway.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.report.HopBytes;
import io.sockway.bench.report.Round;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final List<Hop> HOPS = List.of(
            new Hop("app to Envoy", true, List.of()),
            new Hop("Envoy to Envoy", false, List.of()),
            new Hop("Envoy to nginx", true, List.of()));
    private static final List<Double> PLAIN = List.of(640.0, 700.0, 710.0);

    @Test
    void shouldBelieveLocalHopsThatStandStill() {
        assertThat(Verdict.problems(Variant.SOCKWAY, HOPS, PLAIN, List.of(round(0, 2, 700, 0)))).isEmpty();
    }

    @Test
    void shouldNameTheHopThatStillGoesByTcp() {
        assertThat(Verdict.problems(Variant.SOCKWAY, HOPS, PLAIN, List.of(round(0, 2, 700, 0), round(0, 2, 700, 355))))
                .containsExactly("Envoy to nginx carried up to 50 % of its bytes by TCP in 1 of 2 rounds");
    }

    @Test
    void shouldExpectTheMiddleHopToStandStillOnlyWithinOneNode() {
        assertThat(Verdict.problems(Variant.SAME_NODE, HOPS, PLAIN, List.of(round(0, 2, 700, 0))))
                .containsExactly("Envoy to Envoy carried up to 100 % of its bytes by TCP in 1 of 1 rounds");
        assertThat(Verdict.problems(Variant.PLAIN, HOPS, PLAIN, List.of(round(0, 640, 700, 710)))).isEmpty();
    }

    @Test
    void shouldCountFailedRequestsOfAnyVariant() {
        assertThat(Verdict.problems(Variant.PLAIN, HOPS, PLAIN, List.of(round(2, 640, 700, 710), round(1, 640, 700, 710))))
                .containsExactly("3 requests failed");
    }

    private static Round round(long errors, double... received) {
        return new Round(Map.of(), Map.of(), IntStream.range(0, received.length).mapToObj(index -> new HopBytes(
                HOPS.get(index).name(), HOPS.get(index).local(), received[index], received[index])).toList(), 0, errors, Optional.empty());
    }
}
