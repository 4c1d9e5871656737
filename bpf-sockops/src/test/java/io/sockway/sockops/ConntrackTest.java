package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * That connection tracking does not forget a redirected connection that is used: the end of stream still finds the way through
 * iptables REDIRECT.
 *
 * <p>{@code -Dsockway.conntrack.real=true} waits out the gate's 30 s; otherwise the test makes each second count as that long.
 */
class ConntrackTest {
    private static final boolean REAL = Boolean.getBoolean("sockway.conntrack.real");
    /** After which connection tracking forgets a connection without packets; its default is 5 days, in Istio's nodes often an hour. */
    private static final Duration FORGETS = REAL ? Duration.ofSeconds(45) : Duration.ofSeconds(4);
    private static final Duration USED = FORGETS.multipliedBy(2).plusSeconds(2);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final long INTERVAL = Duration.ofSeconds(31).toNanos();
    private static final int DIALLED = 80;

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
                    if (!REAL) {
                        age(sockway.accelerator(), before.id());
                    }
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

    /** Makes the last message by TCP of both ends as old as the gate lets it become. */
    private static void age(Accelerator accelerator, long flow) {
        try (BpfMap flows = BpfMap.openPinned(accelerator.pinDir().resolve("maps").resolve("flows")); Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocateFrom(JAVA_LONG, flow);
            MemorySegment value = arena.allocate(Layouts.FLOW);
            assertThat(flows.lookup(key, value)).isTrue();
            for (int side = 0; side < 2; side++) {
                long field = side * Layouts.FLOW_SIDE.byteSize() + Layouts.offset(Layouts.FLOW_SIDE, "last_tcp");
                value.set(JAVA_LONG, field, value.get(JAVA_LONG, field) - INTERVAL);
            }
            flows.update(key, value);
        }
    }
}
