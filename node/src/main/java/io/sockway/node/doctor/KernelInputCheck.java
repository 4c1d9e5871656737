package io.sockway.node.doctor;

import io.sockway.node.host.Softnet;
import java.util.ArrayList;
import java.util.List;

/** The queues between devices and the stack, one a CPU. */
final class KernelInputCheck implements Check {
    static final long RAISED_BACKLOG = 32_768;
    private static final String FILE = "/proc/net/softnet_stat";
    private static final double SERIOUS_SHARE = 0.01;
    private static final int SQUEEZES_PER_SECOND = 50;

    @Override
    public Area area() {
        return Area.KERNEL_INPUT;
    }

    @Override
    public void look(View view, Report report) {
        if (view.file("proc/net/softnet_stat").isEmpty()) {
            report.unseen(area(), FILE + " is not there");
            return;
        }
        List<Softnet> since = view.softnetSince();
        dropped(view, report, since);
        flowLimited(view, report, since);
        squeezed(view, report, since);
    }

    private void dropped(View view, Report report, List<Softnet> since) {
        long total = view.softnet().stream().mapToLong(Softnet::dropped).sum();
        long dropped = since.stream().mapToLong(cpu -> cpu.dropped() - Math.min(cpu.dropped(), cpu.flowLimited())).sum();
        if (dropped == 0) {
            if (total > 0 && since.stream().allMatch(cpu -> cpu.dropped() == 0)) {
                report.note(area(), Figures.plural(total, "packet") + " dropped since boot because a CPU's input queue was full, none now ("
                        + FILE + ")");
            }
            return;
        }
        long processed = since.stream().mapToLong(Softnet::processed).sum();
        List<String> evidence = new ArrayList<>();
        since.stream().filter(cpu -> cpu.dropped() > 0).limit(4).forEach(cpu -> evidence.add("CPU " + cpu.cpu() + " drops "
                + view.rate(cpu.dropped()) + " of " + view.rate(cpu.processed() + cpu.dropped()) + " packets (" + FILE + ", 2nd column)"));
        evidence.addAll(view.dropSites("CPU_BACKLOG"));
        long backlog = view.sysctl("net.core.netdev_max_backlog", -1);
        if (backlog >= 0) {
            evidence.add("net.core.netdev_max_backlog is " + backlog);
        }
        String remedy;
        if (backlog < 0) {
            remedy = "Raise net.core.netdev_max_backlog in the node's own network namespace; this one does not show it.";
        } else if (backlog < RAISED_BACKLOG) {
            remedy = "sysctl -w net.core.netdev_max_backlog=" + RAISED_BACKLOG + "   (it is " + backlog
                    + "; 'sockway tune apply --only kernel-input' does it, and can put it back)";
        } else {
            remedy = "The queue is long already: spread the packets over more CPUs with RPS (echo MASK > "
                    + "/sys/class/net/DEVICE/queues/rx-0/rps_cpus), or give the node less traffic.";
        }
        report.found(Finding.of("softnet-drops", area()).seen(evidence)
                .why("Packets of virtual devices (veth, loopback) and packets steered by RPS wait in one queue a CPU. It is full, so the "
                        + "kernel throws packets away before any socket sees them.")
                .remedy(remedy)
                .rated(dropped > SERIOUS_SHARE * (processed + dropped) ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH));
    }

    private void flowLimited(View view, Report report, List<Softnet> since) {
        long limited = since.stream().mapToLong(Softnet::flowLimited).sum();
        if (limited > 0) {
            report.found(Finding.of("flow-limit-drops", area())
                    .seen(Figures.count(limited) + " packets of one busy flow dropped, " + view.rate(limited) + " (" + FILE + ", 11th "
                            + "column)")
                    .why("net.core.flow_limit_cpu_bitmap lets a CPU whose input queue is half full drop packets of the flow that fills "
                            + "it, so that others get through.")
                    .remedy("If the flow is wanted: a longer queue (net.core.netdev_max_backlog), or 'sysctl -w "
                            + "net.core.flow_limit_cpu_bitmap=0' to treat all flows alike.")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }

    private void squeezed(View view, Report report, List<Softnet> since) {
        long squeezed = since.stream().mapToLong(Softnet::squeezed).sum();
        if (squeezed < SQUEEZES_PER_SECOND * view.seconds() || squeezed == 0) {
            return;
        }
        long budget = view.sysctl("net.core.netdev_budget", -1);
        long micros = view.sysctl("net.core.netdev_budget_usecs", -1);
        List<String> evidence = new ArrayList<>(List.of("packet processing stopped with packets left " + view.rate(squeezed) + " (" + FILE
                + ", 3rd column)"));
        if (budget >= 0) {
            evidence.add("net.core.netdev_budget is " + budget + " packets, net.core.netdev_budget_usecs " + micros + " µs");
        }
        report.found(Finding.of("softnet-squeezed", area()).seen(evidence)
                .why("A CPU may take in only so many packets in a row. It often hits this limit, and the rest waits for its next turn: "
                        + "latency grows, and rings and queues fill up.")
                .remedy(budget >= 600 ? "The budget is high already: spread the packets over more CPUs (see the findings on steering)."
                        : "sysctl -w net.core.netdev_budget=600 net.core.netdev_budget_usecs=8000   ('sockway tune apply --profile "
                        + "throughput --only kernel-input' does it, and can put it back)")
                .rated(Severity.WARNING, Confidence.MEDIUM));
    }
}
