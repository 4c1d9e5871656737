package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.NetDevice;
import io.sockway.node.host.Qdisc;
import io.sockway.node.host.Windows;
import java.util.ArrayList;
import java.util.List;

/** How fast connections may send, and the queues in which devices keep what they have to send. */
final class SendQueueCheck implements Check {
    private static final int DROPS_PER_SECOND = 5;
    private static final double SERIOUS_SHARE = 0.01;
    private static final int PACKETS_PER_SECOND = 1_000;
    private static final int MANY_PAUSED = 10;
    private static final double PAUSED_SHARE = 0.1;
    private static final int MAX_SOCKETS = 100_000;
    private static final String SLOW_START = "net.ipv4.tcp_slow_start_after_idle";

    @Override
    public Area area() {
        return Area.TCP;
    }

    @Override
    public void look(View view, Report report) {
        for (NetDevice device : view.devices()) {
            view.qdiscSince(device.name()).ifPresent(queue -> {
                dropped(device, queue, view, report);
                pacing(device, queue, view, report);
            });
        }
        pauses(view, report);
    }

    /** A few drops are how queues such as fq_codel tell senders to slow down. */
    static boolean drops(Qdisc since, View view) {
        return since.dropped() > 0 && since.dropped() >= DROPS_PER_SECOND * view.seconds();
    }

    private void dropped(NetDevice device, Qdisc queue, View view, Report report) {
        if (!drops(queue, view)) {
            return;
        }
        long sent = view.packets(device.name()).sent();
        List<String> evidence = new ArrayList<>(List.of("the send queue of " + device.name() + " (" + String.join(", ", queue.kinds())
                + ") drops " + view.rate(queue.dropped()) + " packets, while " + view.rate(sent) + " are sent (tc -s qdisc show dev "
                + device.name() + ", /proc/net/dev)"));
        List.of("QDISC_DROP", "QDISC_OVERLIMIT", "QDISC_CONGESTED").forEach(reason -> evidence.addAll(view.dropSites(reason)));
        view.host().number("sys/class/net/" + device.name() + "/tx_queue_len").ifPresent(length ->
                evidence.add("txqueuelen of " + device.name() + " is " + length + " packets"));
        boolean limited = queue.kinds().stream().anyMatch(kind -> List.of("tbf", "htb", "netem", "hfsc", "cbs").contains(kind));
        report.found(Finding.of("qdisc-drops", area()).seen(evidence)
                .why("Programs send faster than the device, or a limit of its rate, lets them. What finds the queue full is lost before "
                        + "it leaves the machine; TCP sends it again and slows down.")
                .remedy(limited ? "A limit of rate was set here (for pods: the annotation kubernetes.io/egress-bandwidth): raise it, or "
                        + "'tc qdisc show dev " + device.name() + "' to find it."
                        : "A fair queue keeps short flows out of the way of long ones: tc qdisc replace dev " + device.name()
                        + " root fq_codel; a longer queue: ip link set " + device.name() + " txqueuelen 10000.")
                .rated(queue.dropped() > SERIOUS_SHARE * (sent + queue.dropped()) ? Severity.CRITICAL : Severity.WARNING,
                        Confidence.HIGH));
    }

    private void pacing(NetDevice device, Qdisc queue, View view, Report report) {
        String control = view.host().sysctl("net.ipv4.tcp_congestion_control").orElse("");
        if (!control.startsWith("bbr") || !device.physical() || queue.kinds().contains("fq")
                || view.packets(device.name()).sent() < PACKETS_PER_SECOND * view.seconds()) {
            return;
        }
        report.found(Finding.of("bbr-without-fq", area())
                .seen("net.ipv4.tcp_congestion_control is " + control + ", and " + device.name() + ", which sends "
                        + view.rate(view.packets(device.name()).sent()) + " packets (/proc/net/dev), queues them with "
                        + String.join(", ", queue.kinds()) + " (tc qdisc show dev " + device.name() + ")")
                .why("BBR spaces its packets in time. The queue fq does so for all connections at once; with another, each connection "
                        + "has a timer of its own, which takes CPU, and kernels before 4.13 do not space them at all.")
                .remedy("tc qdisc replace dev " + device.name() + " root fq" + (queue.kinds().contains("mq") ? "   (or keep mq, with an fq "
                        + "for each queue)" : "") + "; for devices that come later: sysctl -w net.core.default_qdisc=fq")
                .rated(Severity.ADVICE, Confidence.MEDIUM));
    }

    private void pauses(View view, Report report) {
        if (view.sysctl(SLOW_START, 0) == 0 || view.now("proc/net/sockstat", Counters::labelled).get("TCP.inuse") > MAX_SOCKETS) {
            return;
        }
        Windows windows = view.host().windows();
        if (windows.paused() < MANY_PAUSED || windows.paused() < PAUSED_SHARE * windows.connections()) {
            return;
        }
        report.found(Finding.of("slow-start-after-idle", area())
                .seen(Figures.count(windows.paused()) + " of " + Figures.plural(windows.connections(), "established connection")
                        + " have not sent for longer than their timeout (rto), on ways of more than 200 µs: what they are allowed to send "
                        + "at once (cwnd, more than 10 packets) goes back to 10 when they send again (ss -ti: lastsnd, rto, rtt, cwnd)")
                .seen(SLOW_START + " is 1")
                .why("A kept-alive connection that paused for about 200 ms sends only 10 packets (14 kB) again and waits for their "
                        + "acknowledgement before it sends more: a larger answer takes several round trips in place of one.")
                .remedy("sysctl -w " + SLOW_START + "=0   ('sockway tune apply --only tcp' does it, and can put it back)")
                .rated(Severity.ADVICE, Confidence.HIGH));
    }
}
