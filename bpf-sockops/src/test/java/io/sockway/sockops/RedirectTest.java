package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That both directions of a kept-alive connection go socket to socket: TCP's own counters stand still. */
class RedirectTest {
    private static final int TURNS = 200;
    private static final int SIZE = 700;

    private Sandbox pod;

    @BeforeEach
    void makePod() {
        pod = new Sandbox();
    }

    @AfterEach
    void removePod() {
        pod.close();
    }

    @ParameterizedTest
    @CsvSource({"4,127.0.0.1,8080", "mapped,127.0.0.1,8080", "6,::1,8080"})
    void shouldRedirectIngressBothWays(String family, String address, int port) {
        try (KernelFixture sockway = new KernelFixture(pod)) {
            pod.connectPair("envoy", "app", family, address, port);
            shouldStandStill(sockway, port, address, port);
        }
    }

    @ParameterizedTest
    @CsvSource({"4,10.96.0.10,iptables", "mapped,10.96.0.10,iptables", "6,fd00::10,ip6tables"})
    void shouldRedirectEgressThroughIptablesRedirect(String family, String service, String iptables) {
        pod.inside(iptables, "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15001");
        try (KernelFixture sockway = new KernelFixture(pod)) {
            pod.ask("listen app-l " + family + " " + (family.equals("6") ? "::" : "0.0.0.0") + " 15001");
            pod.ask("connect envoy " + family + " " + service + " 80");
            pod.ask("accept app app-l envoy");
            shouldStandStill(sockway, 80, service, 15001);
        }
    }

    private void shouldStandStill(KernelFixture sockway, int dialled, String address, int answered) {
        Flow before = sockway.warmUp(pod, "envoy", "app", dialled);
        long clientTcp = pod.askNumber("tcp envoy");
        long serverTcp = pod.askNumber("tcp app");

        pod.ask("pingpong envoy app " + SIZE + " " + TURNS);

        Flow after = sockway.flow(dialled);
        assertThat(pod.askNumber("tcp envoy")).isEqualTo(clientTcp);
        assertThat(pod.askNumber("tcp app")).isEqualTo(serverTcp);
        assertThat(after.client().redirectedBytes() - before.client().redirectedBytes()).isEqualTo((long) SIZE * TURNS);
        assertThat(after.server().redirectedBytes() - before.server().redirectedBytes()).isEqualTo((long) SIZE * TURNS);
        assertThat(after.client().remote().address().getHostAddress()).isEqualTo(canonical(address));
        assertThat(after.server().local().port()).isEqualTo(answered);
        assertThat(after.crossesNamespaces()).isFalse();
    }

    private static String canonical(String address) {
        return switch (address) {
            case "::1" -> "0:0:0:0:0:0:0:1";
            case "fd00::10" -> "fd00:0:0:0:0:0:0:10";
            default -> address;
        };
    }

    @Test
    void shouldAdoptConnectionsOlderThanTheAttach() {
        pod.inside("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "80", "-j", "REDIRECT", "--to-ports", "15001");
        pod.ask("listen app-l 4 0.0.0.0 15001");
        pod.ask("connect envoy 4 10.96.0.10 80");
        pod.ask("accept app app-l envoy");
        pod.ask("pingpong envoy app 100 10");
        try (KernelFixture sockway = new KernelFixture(pod)) {
            Sandbox.eventually("the old connection is adopted", () -> sockway.accelerator().counters().adopted() == 1);
            Flow flow = sockway.warmUp(pod, "envoy", "app", 15001);
            assertThat(flow.client().remote().port()).isEqualTo(80);
            shouldStandStill(sockway, 80, "10.96.0.10", 15001);
        }
    }

    @Test
    void shouldLeaveConnectionsOfOtherCgroupsAlone() {
        try (Sandbox other = new Sandbox(); KernelFixture sockway = new KernelFixture(other)) {
            pod.connectPair("envoy", "app", "4", "127.0.0.1", 8080);
            sockway.exercise(pod, "envoy", "app");
            assertThat(sockway.accelerator().counters().ends()).isZero();
            assertThat(sockway.flows()).isEmpty();
        }
    }

    @Test
    void shouldKeepEqualTuplesOfTwoNamespacesApart() {
        try (Sandbox second = new Sandbox(); KernelFixture sockway = new KernelFixture(pod, second)) {
            for (Sandbox each : new Sandbox[] {pod, second}) {
                String who = each == pod ? "one" : "two";
                each.ask("listen " + who + "-l 4 127.0.0.1 8080");
                each.ask("connect " + who + " 4 127.0.0.1 8080 40000");
                each.ask("accept " + who + "-s " + who + "-l " + who);
            }
            Sandbox.eventually("both flows are active", () -> {
                pod.ask("pingpong one one-s 100 5");
                second.ask("pingpong two two-s 100 5");
                return sockway.flows().stream().filter(f -> f.state() == FlowState.ACTIVE).count() == 2;
            });
            pod.ask("pingpong one one-s 900 100");
            second.ask("pingpong two two-s 900 100");
            assertThat(sockway.flows()).hasSize(2)
                    .allSatisfy(f -> assertThat(f.redirectedBytes()).isGreaterThanOrEqualTo(2 * 900 * 100));
            assertThat(sockway.flows().stream().map(f -> f.client().netns()).distinct()).hasSize(2);
            assertThat(sockway.flows().stream().map(f -> f.client().local()).distinct()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRedirectBetweenNamespacesOnlyWithSameNode(boolean sameNode) {
        try (Sandbox peer = new Sandbox()) {
            pod.join(peer);
            Settings settings = new Settings(Mode.ON, sameNode, PortSet.NONE, PortSet.NONE, Settings.DEFAULT_TURNS,
                    Settings.DEFAULT_MAX_FLOWS);
            try (KernelFixture sockway = new KernelFixture(settings, pod, peer)) {
                peer.ask("listen l 4 10.200.0.2 15006");
                pod.ask("connect a 4 10.200.0.2 15006");
                peer.ask("accept b l a");
                Runnable exchange = () -> {
                    for (int i = 0; i < 5; i++) {
                        pod.ask("send a 300");
                        peer.ask("recv b 300");
                        peer.ask("send b 300");
                        pod.ask("recv a 300");
                    }
                };
                if (sameNode) {
                    Sandbox.eventually("the flow is active", () -> {
                        exchange.run();
                        return sockway.flow(15006).state() == FlowState.ACTIVE;
                    });
                    exchange.run();
                    long tcp = pod.askNumber("tcp a");
                    exchange.run();
                    assertThat(pod.askNumber("tcp a")).isEqualTo(tcp);
                } else {
                    for (int i = 0; i < 20; i++) {
                        exchange.run();
                    }
                    Sandbox.eventually("it is refused", () -> sockway.flow(15006).client().reason() == Reason.OTHER_NETNS);
                    assertThat(sockway.flow(15006).redirectedBytes()).isZero();
                }
                assertThat(sockway.flow(15006).crossesNamespaces()).isTrue();
            }
        }
    }
}
