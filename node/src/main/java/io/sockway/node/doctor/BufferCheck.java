package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import java.util.ArrayList;
import java.util.List;

/** Buffers that are too small, or whose programs read too slowly, without anything of TCP being lost. */
final class BufferCheck implements Check {
    private static final String SNMP6 = "proc/net/snmp6";
    private static final int CLOSED_PER_SECOND = 50;
    private static final long LEAST_MAX = 4L << 20;

    @Override
    public Area area() {
        return Area.TCP;
    }

    @Override
    public void look(View view, Report report) {
        datagrams(view, report);
        windows(view, report);
    }

    private void datagrams(View view, Report report) {
        long received = full(view);
        long sent = view.since("Udp.SndbufErrors") + view.since(SNMP6, Counters::lines, "Udp6SndbufErrors");
        if (received + sent == 0) {
            return;
        }
        List<String> evidence = new ArrayList<>();
        if (received > 0) {
            evidence.add(view.rate(received) + " UDP datagrams found their socket's receive buffer full (Udp RcvbufErrors in"
                    + " /proc/net/snmp, Udp6RcvbufErrors in /proc/net/snmp6)");
        }
        if (sent > 0) {
            evidence.add(view.rate(sent) + " UDP datagrams found no room to be sent (Udp SndbufErrors in /proc/net/snmp and snmp6)");
        }
        evidence.addAll(view.dropSites("SOCKET_RCVBUFF"));
        long now = view.sysctl("net.core.rmem_default", -1);
        long max = view.sysctl("net.core.rmem_max", -1);
        if (max >= 0) {
            evidence.add("a socket gets " + Figures.count(now) + " bytes (net.core.rmem_default) and may ask for " + Figures.count(max)
                    + " (net.core.rmem_max)");
        }
        report.found(Finding.of("udp-buffer-full", area()).seen(evidence)
                .why("DNS, QUIC and tracing go by UDP, which does not send again: a DNS query that is lost costs its client 5 s.")
                .remedy("The program reads too slowly: give it CPU. For bursts, a larger buffer: "
                        + (max >= 0 && max < LEAST_MAX ? "sysctl -w net.core.rmem_max=16777216 ('sockway tune apply --profile throughput "
                        + "--only tcp' does it, and can put it back), and the program's SO_RCVBUF." : "the program's SO_RCVBUF."))
                .rated(Severity.WARNING, Confidence.HIGH));
    }

    /** Datagrams that found their socket's receive buffer full, in this network namespace. */
    static long full(View view) {
        return view.since("Udp.RcvbufErrors") + view.since(SNMP6, Counters::lines, "Udp6RcvbufErrors");
    }

    private void windows(View view, Report report) {
        long closed = view.since("TcpExt.TCPToZeroWindowAdv");
        if (closed < CLOSED_PER_SECOND * view.seconds() || closed == 0) {
            return;
        }
        String limit = view.host().sysctl("net.ipv4.tcp_rmem").map(text -> text.replaceAll("\\s+", " ")).orElse("?");
        report.found(Finding.of("tcp-window-closed", area())
                .seen("receivers here told their senders " + view.rate(closed) + " times to stop, because their buffer was full "
                        + "(TCPToZeroWindowAdv in /proc/net/netstat)")
                .seen("net.ipv4.tcp_rmem is " + limit + " (least, first and largest receive buffer in bytes)")
                .why("Nothing is lost, but the sender stands still until the program has read, and for a round trip more.")
                .remedy("Find the program: 'ss -tm' shows it by a large Recv-Q. It reads too slowly: give it CPU, or look at what it waits "
                        + "for. A larger third value of net.ipv4.tcp_rmem only bridges bursts.")
                .rated(Severity.ADVICE, Confidence.MEDIUM));
    }
}
