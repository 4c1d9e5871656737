package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.CpuList;
import io.sockway.node.host.TcpSockets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What TCP counts when something is lost, full or refused. */
final class TcpCheck implements Check {
    private static final String NETSTAT = "/proc/net/netstat";
    private static final String SOCKSTAT = "proc/net/sockstat";
    private static final double RETRANSMITTED = 0.01;
    private static final double MANY_RETRANSMITTED = 0.05;
    private static final int RETRANSMITTED_PER_SECOND = 20;
    private static final double PORTS_USED = 0.8;
    private static final double PORTS_NEARLY_GONE = 0.95;
    private static final int FIRST_PORT = 16_384;
    private static final int LAST_PORT = 65_535;
    private static final int MAX_SOCKETS = 300_000;

    @Override
    public Area area() {
        return Area.TCP;
    }

    @Override
    public void look(View view, Report report) {
        if (view.file("proc/net/netstat").isEmpty()) {
            report.unseen(area(), NETSTAT + " is not there");
            return;
        }
        retransmits(view, report);
        synQueue(view, report);
        timeWait(view, report);
        memory(view, report);
        receiveBuffers(view, report);
        sockets(view, report);
    }

    private void retransmits(View view, Report report) {
        long again = view.since("Tcp.RetransSegs");
        long sent = view.since("Tcp.OutSegs") + again;
        double share = sent > 0 ? (double) again / sent : 0;
        if (again < RETRANSMITTED_PER_SECOND * view.seconds() || share < RETRANSMITTED) {
            return;
        }
        long timeouts = view.since("TcpExt.TCPTimeouts");
        long syns = view.since("TcpExt.TCPSynRetrans");
        List<String> evidence = new ArrayList<>(List.of(view.rate(again) + " of " + view.rate(sent) + " segments were sent again, "
                + Figures.percent(share) + " (Tcp RetransSegs in /proc/net/snmp; OutSegs does not count them)"));
        if (timeouts > 0) {
            evidence.add(view.rate(timeouts) + " times only a timeout noticed the loss (TCPTimeouts in " + NETSTAT + ")");
        }
        if (syns * 2 > again) {
            evidence.add(view.rate(syns) + " of them are connection attempts (TCPSynRetrans in " + NETSTAT + "): someone does not answer");
        }
        String control = view.host().sysctl("net.ipv4.tcp_congestion_control").orElse("");
        if (!control.isEmpty()) {
            evidence.add("net.ipv4.tcp_congestion_control is " + control + "; this kernel offers "
                    + view.host().sysctl("net.ipv4.tcp_available_congestion_control").orElse(control).replace(" ", ", "));
        }
        report.found(Finding.of("tcp-retransmits", area()).seen(evidence)
                .why("Segments were lost, here, on the way or at the other end. Each waits for an acknowledgement that does not come, "
                        + "from one round trip up to 200 ms and more after a timeout.")
                .remedy("First mend what this report says about dropped packets. If there is nothing, the loss is elsewhere: 'ss -ti' "
                        + "shows which connections have 'retrans', and so which peers or links to look at."
                        + (control.equals("cubic") || control.equals("reno") ? " If a link loses packets without being full (radio, long "
                        + "distance), " + control + " slows down for each of them, and BBR does not: modprobe tcp_bbr; sysctl -w "
                        + "net.ipv4.tcp_congestion_control=bbr net.core.default_qdisc=fq." : ""))
                .rated(share >= MANY_RETRANSMITTED ? Severity.CRITICAL : Severity.WARNING, Confidence.MEDIUM));
    }

    private void synQueue(View view, Report report) {
        long cookies = view.since("TcpExt.TCPReqQFullDoCookies");
        long dropped = view.since("TcpExt.TCPReqQFullDrop");
        if (cookies + dropped == 0) {
            return;
        }
        long backlog = view.sysctl("net.ipv4.tcp_max_syn_backlog", -1);
        report.found(Finding.of("syn-queue-full", area())
                .seen(view.rate(cookies + dropped) + " connection attempts found the queue of half-open connections full: "
                        + view.rate(cookies)
                        + " answered with SYN cookies, " + view.rate(dropped) + " dropped (TCPReqQFull... in " + NETSTAT + ")")
                .seen("net.ipv4.tcp_max_syn_backlog is " + backlog + ", net.core.somaxconn " + view.sysctl("net.core.somaxconn", -1))
                .why("A dropped attempt is made again after 1 s. A connection by SYN cookie works, but may lack window scaling and "
                        + "selective acknowledgement.")
                .remedy("If these are wanted clients: sysctl -w net.ipv4.tcp_max_syn_backlog=" + Math.max(4096, backlog * 4)
                        + " and a larger listen() backlog in the program; if not, it is an attack, and cookies are the right answer.")
                .rated(dropped > 0 ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH));
    }

    private void timeWait(View view, Report report) {
        long overflow = view.since("TcpExt.TCPTimeWaitOverflow");
        if (overflow > 0) {
            long buckets = view.sysctl("net.ipv4.tcp_max_tw_buckets", -1);
            report.found(Finding.of("time-wait-overflow", area())
                    .seen(view.rate(overflow) + " closed connections found no place to wait (TCPTimeWaitOverflow in " + NETSTAT
                            + "); net.ipv4.tcp_max_tw_buckets is " + buckets)
                    .why("A closed connection is remembered for 60 s so that late segments of it do not get into the next one with the "
                            + "same ports. Those beyond the limit are forgotten at once: rarely, a new connection is reset or reads old "
                            + "bytes.")
                    .remedy("sysctl -w net.ipv4.tcp_max_tw_buckets=" + Math.max(65_536, buckets * 4)
                            + "; better, keep connections alive, so that fewer close.")
                    .rated(Severity.ADVICE, Confidence.HIGH));
        }
    }

    private void memory(View view, Report report) {
        long pressures = view.since("TcpExt.TCPMemoryPressures");
        long aborted = view.since("TcpExt.TCPAbortOnMemory");
        List<Long> limits = view.host().numbers("proc/sys/net/ipv4/tcp_mem");
        long used = view.now(SOCKSTAT, Counters::labelled).get("TCP.mem");
        boolean above = limits.size() == 3 && limits.get(1) > 0 && used > limits.get(1);
        if (pressures + aborted == 0 && !above) {
            return;
        }
        report.found(Finding.of("tcp-memory-pressure", area())
                .seen("TCP uses " + Figures.count(used) + " pages (mem in /proc/net/sockstat); from "
                        + (limits.size() == 3 ? limits.get(1) : "?")
                        + " on it saves, and at " + (limits.size() == 3 ? limits.get(2) : "?") + " it stops (net.ipv4.tcp_mem)")
                .seen(aborted > 0 ? view.rate(aborted) + " connections aborted for lack of memory (TCPAbortOnMemory in " + NETSTAT + ")"
                        : "no connection was aborted in this time")
                .why("All sockets together have reached their memory limit: buffers shrink, data is dropped, and above the last value "
                        + "connections are reset.")
                .remedy("Find who holds the bytes ('ss -tm': large Recv-Q is a program that does not read). If all is wanted, raise "
                        + "net.ipv4.tcp_mem" + (limits.size() == 3 ? ": sysctl -w net.ipv4.tcp_mem=\"" + limits.get(0) * 2 + " "
                        + limits.get(1) * 2 + " " + limits.get(2) * 2 + "\"" : "") + ".")
                .rated(aborted > 0 ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH));
    }

    private void receiveBuffers(View view, Report report) {
        Map<String, String> counters = Map.of("TcpExt.TCPRcvQDrop", "a receive queue was full", "TcpExt.RcvPruned",
                "nothing could be freed in a receive buffer", "TcpExt.TCPBacklogDrop", "too much waited while the program held the socket",
                "TcpExt.OfoPruned", "data out of order was thrown away to make room");
        List<String> evidence = new ArrayList<>();
        counters.forEach((name, words) -> {
            long n = view.since(name);
            if (n > 0) {
                evidence.add(view.rate(n) + " times " + words + " (" + name.substring(name.indexOf('.') + 1) + " in " + NETSTAT + ")");
            }
        });
        if (evidence.isEmpty()) {
            return;
        }
        evidence.sort(Comparator.naturalOrder());
        String limit = view.host().sysctl("net.ipv4.tcp_rmem").map(text -> text.replaceAll("\\s+", " ")).orElse("?");
        evidence.add("net.ipv4.tcp_rmem is " + limit + " (least, first and largest receive buffer in bytes)");
        report.found(Finding.of("tcp-receive-buffer-full", area()).seen(evidence)
                .why("Data that had arrived was thrown away because the socket's buffer had no room, and has to be sent again.")
                .remedy("The program reads too slowly: give it CPU. If it is busy with other connections, a larger buffer bridges the "
                        + "time: 'sockway tune apply --profile throughput --only tcp'.")
                .rated(Severity.WARNING, Confidence.MEDIUM));
    }

    private void sockets(View view, Report report) {
        long overflows = view.since("TcpExt.ListenOverflows");
        Counters sockstat = view.now(SOCKSTAT, Counters::labelled);
        List<Long> range = view.host().numbers("proc/sys/net/ipv4/ip_local_port_range");
        long ports = range.size() == 2 ? range.get(1) - range.get(0) + 1 : Long.MAX_VALUE;
        long used = sockstat.get("TCP.inuse") + sockstat.get("TCP.tw")
                + view.now("proc/net/sockstat6", Counters::labelled).get("TCP6.inuse");
        if (overflows == 0 && view.total("TcpExt.ListenOverflows") > 0) {
            report.note(area(), Figures.plural(view.total("TcpExt.ListenOverflows"), "connection") + " dropped since boot because a "
                    + "listener's queue was full, none now (ListenOverflows in " + NETSTAT + ")");
        }
        uneven(TcpSockets.listeners(view.host()), report);
        boolean portsMatter = used >= PORTS_USED * ports;
        if (overflows == 0 && !portsMatter) {
            return;
        }
        if (used > MAX_SOCKETS) {
            report.unseen(area(), "the sockets one by one: there are " + Figures.count(used) + ", which would take too long");
            if (overflows > 0) {
                report.found(listenOverflow(view, overflows, List.of()));
            }
            return;
        }
        TcpSockets sockets = range.size() == 2
                ? TcpSockets.read(view.host(), range.get(0).intValue(), range.get(1).intValue())
                : TcpSockets.read(view.host(), 0, -1);
        if (overflows > 0) {
            report.found(listenOverflow(view, overflows, sockets.listeners()));
        }
        if (portsMatter) {
            long free = ports - reserved(view, range);
            sockets.localPorts().entrySet().stream().max(Map.Entry.comparingByValue()).filter(most -> most.getValue() >= PORTS_USED * free)
                    .ifPresent(most -> report.found(ports(view, most.getKey(), most.getValue(), free, range, sockstat.get("TCP.tw"))));
        }
    }

    private Finding listenOverflow(View view, long overflows, List<TcpSockets.Listener> listeners) {
        long limit = view.sysctl("net.core.somaxconn", -1);
        List<String> evidence = new ArrayList<>(List.of(view.rate(overflows) + " connections dropped because a listener's queue was full "
                + "(ListenOverflows in " + NETSTAT + ")"));
        Optional<TcpSockets.Listener> fullest = listeners.stream().max(Comparator.comparingInt(TcpSockets.Listener::waiting))
                .filter(listener -> listener.waiting() > 0);
        fullest.ifPresent(listener -> evidence.add(SocketOwner.of(view.host(), listener.inode()).orElse("a listener") + " on port "
                + listener.port() + " has " + Figures.plural(listener.waiting(), "connection") + " waiting to be accepted "
                + "(/proc/net/tcp)"));
        evidence.add("net.core.somaxconn is " + limit);
        /* The queue takes one more than its limit. */
        boolean systemLimit = fullest.map(listener -> listener.waiting() > limit).orElse(false);
        String remedy = systemLimit
                ? "The queue is as long as the system allows: sysctl -w net.core.somaxconn=" + Math.max(4096, limit * 4) + " ('sockway "
                + "tune apply --only tcp' does it, and can put it back), then restart the program, which asks for its length once, at "
                + "listen()."
                : fullest.isPresent() ? "The queue is shorter than net.core.somaxconn allows: the program itself asks for that length "
                + "(backlog of listen()): raise it there. If it still fills up, the program accepts too slowly: more threads or CPU."
                : "Raise the program's listen() backlog, and net.core.somaxconn if it is below that. If it still fills up, the program "
                + "accepts too slowly: more threads or CPU.";
        return Finding.of("listen-overflow", area()).seen(evidence)
                .why("The handshake's last step is thrown away: the client thinks it is connected, sends, and waits for seconds; then it "
                        + "may be reset.")
                .remedy(remedy).rated(Severity.CRITICAL, fullest.isPresent() ? Confidence.HIGH : Confidence.MEDIUM);
    }

    private void uneven(List<TcpSockets.Listener> listeners, Report report) {
        Map<String, List<Integer>> groups = new HashMap<>();
        listeners.forEach(listener -> groups.computeIfAbsent(listener.address() + ":" + listener.port(), key -> new ArrayList<>())
                .add(listener.waiting()));
        groups.forEach((address, waiting) -> {
            int most = waiting.stream().max(Comparator.naturalOrder()).orElse(0);
            int least = waiting.stream().min(Comparator.naturalOrder()).orElse(0);
            if (waiting.size() > 1 && most >= 16 && least * 8 <= most) {
                report.found(Finding.of("reuseport-uneven", area())
                        .seen(waiting.size() + " listeners share " + address + " (SO_REUSEPORT); the fullest has " + most
                                + " connections waiting, the emptiest " + least + " (/proc/net/tcp)")
                        .why("The kernel gives connections to the listeners by hash, whether they keep up or not. One thread is behind "
                                + "while others have time.")
                        .remedy("Look at what the slow thread does; or share one listener among the threads, or let a BPF program choose "
                                + "(SO_ATTACH_REUSEPORT_EBPF). Envoy has exact_balance for this.")
                        .rated(Severity.WARNING, Confidence.MEDIUM));
            }
        });
    }

    private Finding ports(View view, TcpSockets.Route route, int used, long free, List<Long> range, long timeWait) {
        String wider = range.get(1) - range.get(0) < LAST_PORT - FIRST_PORT
                ? "sysctl -w net.ipv4.ip_local_reserved_ports=30000-32767 (Kubernetes' NodePorts), then sysctl -w "
                + "net.ipv4.ip_local_port_range=\"" + FIRST_PORT + " " + LAST_PORT + "\" ('sockway tune apply --only tcp' does both, and "
                + "can put them back)"
                : "or use more source or destination addresses, since each pair has ports of its own";
        return Finding.of("port-exhaustion", area())
                .seen(Figures.count(used) + " of " + Figures.count(free) + " local ports are in use for connections to " + route.target()
                        + " (/proc/net/tcp; net.ipv4.ip_local_port_range is " + range.get(0) + " to " + range.get(1) + ")")
                .seen(Figures.count(timeWait) + " sockets are closed and wait 60 s before their port is free again (tw in "
                        + "/proc/net/sockstat)")
                .why("A connection needs a local port of its own for each destination. When none is left, connect() fails with 'Cannot "
                        + "assign requested address' (EADDRNOTAVAIL), and finding one of the last takes CPU.")
                .remedy("Keep connections alive, so that fewer are made; " + wider
                        + (view.sysctl("net.ipv4.tcp_tw_reuse", 1) == 1 ? "." : "; sysctl -w net.ipv4.tcp_tw_reuse=1 lets new "
                        + "connections take ports that wait."))
                .rated(used >= PORTS_NEARLY_GONE * free ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH);
    }

    private static long reserved(View view, List<Long> range) {
        long reserved = 0;
        for (int port : CpuList.parse(view.host().sysctl("net.ipv4.ip_local_reserved_ports").orElse(""))) {
            reserved += port >= range.get(0) && port <= range.get(1) ? 1 : 0;
        }
        return reserved;
    }
}
