package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * That connection tracking does not forget a redirected connection that is used: the end of stream still finds the way through
 * iptables REDIRECT.
 */
class ConntrackTest {
    /** After which connection tracking forgets a connection without packets; its default is 5 days, in Istio's nodes often an hour. */
    private static final Duration FORGETS = Duration.ofSeconds(4);
    private static final Duration USED = FORGETS.multipliedBy(2).plusSeconds(2);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final int DIALLED = 80;

    @Test
    void shouldLetNothingThroughWhereItIsRememberedForLong() throws InterruptedException {
        try (Sandbox pod = new Sandbox()) {
            pod.inside("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "" + DIALLED, "-j", "REDIRECT");
            pod.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=432000");
            try (KernelFixture sockway = new KernelFixture(pod)) {
                pod.connectPair("a", "b", "4", "127.0.0.1", 8080);
                sockway.warmUp(pod, "a", "b", 8080);
                for (int i = 0; i < 3; i++) {
                    Thread.sleep(STEP);
                    pod.ask("pingpong a b 100 2");
                }
                assertThat(sockway.accelerator().counters().passes()).doesNotContainKey(Reason.CONNTRACK);
            }
        }
    }

    @Test
    void shouldKeepTheConnectionKnownWhileItIsUsed() throws InterruptedException {
        try (Sandbox pod = new Sandbox()) {
            pod.inside("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "--dport", "" + DIALLED, "-j", "REDIRECT",
                    "--to-ports", "15001");
            pod.inside("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=" + FORGETS.toSeconds());
            try (KernelFixture sockway = new KernelFixture(pod)) {
                pod.ask("listen app-l 4 0.0.0.0 15001");
                pod.ask("connect envoy 4 10.96.0.10 " + DIALLED);
                pod.ask("accept app app-l envoy");
                Flow before = sockway.warmUp(pod, "envoy", "app", DIALLED);

                long until = System.nanoTime() + USED.toNanos();
                while (System.nanoTime() < until) {
                    pod.ask("pingpong envoy app 100 20");
                    Thread.sleep(STEP);
                }

                Flow after = sockway.flow(DIALLED);
                assertThat(after.state()).isEqualTo(FlowState.ACTIVE);
                assertThat(after.client().redirectedMessages() - before.client().redirectedMessages()).isGreaterThan(USED.toSeconds());
                pod.ask("end envoy app");
                assertThat(sockway.accelerator().counters().passes()).containsKey(Reason.CONNTRACK);
                assertThat(sockway.accelerator().counters().passes().get(Reason.CONNTRACK)).isLessThan(2 * USED.toSeconds() + 2);
            }
        }
    }
}
