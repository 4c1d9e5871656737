package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The table of tracked connections, of this network namespace. */
final class ConntrackCheck implements Check {
    private static final String STATISTICS = "proc/net/stat/nf_conntrack";
    private static final String TABLE = "proc/net/nf_conntrack";
    private static final double FULL = 0.8;
    private static final double NEARLY_FULL = 0.95;
    private static final double HALF = 0.5;
    private static final double LOCAL_SHARE = 0.3;
    private static final int MAX_ENTRIES = 200_000;

    @Override
    public Area area() {
        return Area.CONNTRACK;
    }

    @Override
    public void look(View view, Report report) {
        long max = view.sysctl("net.netfilter.nf_conntrack_max", -1);
        if (max < 0) {
            return;
        }
        long count = view.sysctl("net.netfilter.nf_conntrack_count", 0);
        long dropped = view.since(STATISTICS, Counters::table, "drop");
        long early = view.since(STATISTICS, Counters::table, "early_drop");
        double use = max == 0 ? 0 : (double) count / max;
        if (dropped + early > 0 || use >= FULL) {
            report.found(full(view, count, max, dropped, early));
        } else {
            Counters total = view.now(STATISTICS, Counters::table);
            long earlier = total.get("drop") + total.get("early_drop");
            if (earlier > 0) {
                report.note(area(), Figures.plural(earlier, "connection") + " dropped from or before the connection table since boot, "
                        + "none now");
            }
        }
        long failed = view.since(STATISTICS, Counters::table, "insert_failed");
        if (failed > 0) {
            report.found(Finding.of("conntrack-insert-failed", area())
                    .seen(view.rate(failed) + " packets dropped because their connection could not be entered (insert_failed in "
                            + "/" + STATISTICS + ")")
                    .why("Two packets of one new connection raced, often two DNS queries from one port through NAT. The loser is "
                            + "dropped; DNS clients then wait 5 s.")
                    .remedy("For DNS: the option 'single-request-reopen' in resolv.conf, TCP to the name server, or a DNS cache on the "
                            + "node. For many connections to one NAT address: iptables ... MASQUERADE --random-fully.")
                    .rated(Severity.WARNING, Confidence.MEDIUM));
        }
        if (use >= HALF) {
            local(view, report, count);
        }
    }

    private Finding full(View view, long count, long max, long dropped, long early) {
        List<String> evidence = new ArrayList<>(List.of("the connection table holds " + Figures.count(count) + " of " + Figures.count(max)
                + " entries (net.netfilter.nf_conntrack_count and nf_conntrack_max)"));
        if (dropped > 0) {
            evidence.add(view.rate(dropped) + " packets of new connections dropped because it is full (drop in /" + STATISTICS + ")");
        }
        if (early > 0) {
            evidence.add(view.rate(early) + " unanswered connections forgotten to make room (early_drop in /" + STATISTICS + ")");
        }
        boolean writable = view.host().inNodeNamespace();
        return Finding.of("conntrack-full", area()).seen(evidence)
                .why("Where firewall or NAT rules are, as in every pod with a sidecar, each connection needs an entry. A new one that "
                        + "finds none is dropped, and the client tries again for seconds.")
                .remedy((writable ? "sysctl -w net.netfilter.nf_conntrack_max=" + Math.max(262_144, max * 2) + " ('sockway tune apply "
                        + "--only conntrack' does it, and can put it back; about 320 bytes an entry)"
                        : "In the node's own network namespace: sysctl -w net.netfilter.nf_conntrack_max=" + Math.max(262_144, max * 2))
                        + "; and shorter memory of closed connections: net.netfilter.nf_conntrack_tcp_timeout_time_wait=30.")
                .rated(dropped + early > 0 || count >= NEARLY_FULL * max ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH);
    }

    private void local(View view, Report report, long count) {
        Host host = view.host();
        if (!host.has(TABLE)) {
            return;
        }
        if (host.denied().containsKey(TABLE) || count > MAX_ENTRIES) {
            report.unseen(area(), "which tracked connections are local: /" + TABLE + (count > MAX_ENTRIES ? " is too long" : " needs "
                    + "root"));
            return;
        }
        long[] seen = new long[2];
        try (Stream<String> lines = host.lines(TABLE)) {
            lines.forEach(line -> {
                seen[0]++;
                seen[1] += line.contains(" src=127.") && line.contains(" dst=127.") ? 1 : 0;
            });
        }
        if (seen[0] > 0 && seen[1] >= LOCAL_SHARE * seen[0]) {
            report.found(Finding.of("conntrack-local", area())
                    .seen(Figures.count(seen[1]) + " of " + Figures.count(seen[0]) + " tracked connections stay on loopback "
                            + "(/" + TABLE + ")")
                    .why("Connections from 127.0.0.1 to itself that no rule redirects need no tracking; they fill the table and cost "
                            + "time on every packet.")
                    .remedy("iptables -t raw -A OUTPUT -o lo -s 127.0.0.0/8 -d 127.0.0.0/8 -j NOTRACK, and the same in PREROUTING with "
                            + "-i lo. Not in pods whose rules redirect loopback connections (Istio redirects those to 127.0.0.6 only).")
                    .rated(Severity.ADVICE, Confidence.MEDIUM));
        }
    }
}
