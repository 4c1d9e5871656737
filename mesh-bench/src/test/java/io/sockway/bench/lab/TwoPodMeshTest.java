package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Needs root, Envoy and nginx. */
class TwoPodMeshTest {
    private final EnvoyBinary envoy = EnvoyBinary.find(Optional.empty());

    @ParameterizedTest
    @EnumSource
    void shouldLeadRequestsThroughBothProxiesByTheRules(IpFamily family) {
        try (Lab lab = Lab.open()) {
            TwoPodMesh mesh = TwoPodMesh.create(lab, family);
            TwoPodMesh.Workload workload = mesh.start(lab.scope(), envoy);
            mesh.awaitReady(workload);
            long outbound = workload.outbound().orElseThrow().requests();
            long inbound = workload.inbound().orElseThrow().requests();

            HttpReply reply = mesh.request(Body.PAGE);

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.server()).isEqualTo("istio-envoy");
            assertThat(reply.body()).hasSize(Body.PAGE.bytes());
            assertThat(workload.outbound().orElseThrow().requests()).isEqualTo(outbound + 1);
            assertThat(workload.inbound().orElseThrow().requests()).isEqualTo(inbound + 1);
            // The service's listener binds no port: only a connection that the rules sent to 15001 gets to it.
            assertThat(workload.outbound().orElseThrow().serviceConnections()).isPositive();
            assertThat(mesh.client().sockets()).noneMatch(socket -> socket.remote().port() == socket.local().port());
        }
    }

    @Test
    void shouldFindTheSocketsOfEachHopAndWhatTheyReceived() {
        try (Lab lab = Lab.open()) {
            TwoPodMesh mesh = TwoPodMesh.create(lab, IpFamily.IPV4);
            TwoPodMesh.Workload workload = mesh.start(lab.scope(), envoy);
            mesh.awaitReady(workload);
            HopTraffic before = HopTraffic.read(mesh.hops());

            mesh.request(Body.LARGE);

            HopTraffic after = HopTraffic.read(mesh.hops());
            // The app's connection ends with the request; the proxies keep theirs.
            assertThat(mesh.hops().stream().skip(1)).allSatisfy(hop -> {
                assertThat(after.sockets(hop)).isEqualTo(2);
                assertThat(after.since(before).get(hop).received()).isBetween((long) Body.LARGE.bytes(), Body.LARGE.bytes() + 2_000L);
            });
        }
    }

    @Test
    void shouldNameTheProcessThatEndedInTheMiddle() {
        try (Lab lab = Lab.open()) {
            TwoPodMesh mesh = TwoPodMesh.create(lab, IpFamily.IPV4);
            TwoPodMesh.Workload workload = mesh.start(lab.scope(), envoy);
            mesh.awaitReady(workload);

            workload.inbound().orElseThrow().process().close();

            assertThatThrownBy(workload::requireAlive).isInstanceOf(LabException.class)
                    .hasMessageStartingWith("envoy (server) ended with exit code");
        }
    }
}
