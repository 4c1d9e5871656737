package io.sockway.bench.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.SockwayStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PodVariantTest {
    private static final List<Hop> HOPS = List.of(
            hop("app to Envoy", true, Optional.empty(), Optional.of(Hop.Server.ENVOY)),
            hop("Envoy to Envoy", false, Optional.of(Hop.Server.ENVOY), Optional.of(Hop.Server.ENVOY)),
            hop("Envoy to nginx", true, Optional.of(Hop.Server.ENVOY), Optional.of(Hop.Server.NGINX)));

    @Test
    void shouldClaimTheHopsWithinAPodAndBetweenPodsOnDemand() {
        assertThat(claimed(List.of())).containsExactly("app to Envoy", "Envoy to nginx");
        assertThat(claimed(List.of("--same-node"))).containsExactly("app to Envoy", "Envoy to Envoy", "Envoy to nginx");
    }

    @Test
    void shouldNotClaimTheHopsOfWhoAsksFionread() {
        assertThat(claimed(List.of(), "nginx")).containsExactly("app to Envoy");
        assertThat(claimed(List.of(), "wrk")).containsExactly("Envoy to nginx");
        assertThat(claimed(List.of("--same-node"), "nginx", "wrk")).containsExactly("Envoy to Envoy");
        assertThat(claimed(List.of("--same-node"), "envoy")).isEmpty();
    }

    private static List<String> claimed(List<String> flags, String... fionreadUsers) {
        SockwayStatus status = new SockwayStatus("0.1.0", 1, 0, 1, 1, 1, 1, Map.of(), Set.of(fionreadUsers));
        return HOPS.stream().filter(hop -> PodVariant.claims(new Accelerator.Sockway(flags), hop, Optional.of(status))).map(Hop::name)
                .toList();
    }

    private static Hop hop(String name, boolean local, Optional<Hop.Server> from, Optional<Hop.Server> to) {
        return new Hop(name, local, Stream.of(from, to).map(server -> new Hop.End(null, server, socket -> false)).toList());
    }
}
