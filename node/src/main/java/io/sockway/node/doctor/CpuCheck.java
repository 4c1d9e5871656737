package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.CpuTimes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Time that tasks and packets waited for a CPU. */
final class CpuCheck implements Check {
    private static final String POLICIES = "sys/devices/system/cpu/cpufreq";
    private static final double WAITING = 0.3;
    private static final int QUEUED = 2;
    private static final double BUSY = 0.9;
    private static final double STOLEN = 0.05;
    private static final double MUCH_STOLEN = 0.2;
    private static final double SOFTIRQ = 0.5;
    private static final double SLOW_CLOCK = 0.7;
    private static final double MISSES = 0.05;
    private static final int MISSES_PER_SECOND = 1_000;

    @Override
    public Area area() {
        return Area.CPU;
    }

    @Override
    public void look(View view, Report report) {
        Map<Integer, CpuTimes> since = view.cpuSince();
        CpuTimes all = since.get(-1);
        if (all == null || all.total() == 0) {
            report.unseen(area(), "/proc/stat is not there");
            return;
        }
        saturated(view, report, all);
        stolen(report, all);
        softirq(report, since);
        throttled(view, report);
        governor(view, report, all);
        numa(view, report);
    }

    private void saturated(View view, Report report, CpuTimes all) {
        double waiting = view.pressure("cpu", false);
        long running = view.now("proc/stat", Counters::lines).get("procs_running");
        /* Kernels without pressure figures tell only how many tasks run or wait just now. */
        boolean counted = view.file("proc/pressure/cpu").isEmpty();
        if (all.busy() < BUSY || (counted ? running <= QUEUED * view.host().cpus().size() : waiting < WAITING)) {
            return;
        }
        report.found(Finding.of("cpu-saturated", area())
                .seen("the CPUs are " + Figures.percent(all.busy()) + " busy (/proc/stat), and " + (counted
                        ? running + " tasks run or wait for one now (procs_running in /proc/stat)"
                        : Figures.percent(waiting) + " of the time some task waited for one (/proc/pressure/cpu)"))
                .seen("load average " + view.host().text("proc/loadavg").map(text -> text.split(" ")[0]).orElse("?") + " on "
                        + Figures.plural(view.host().cpus().size(), "CPU"))
                .why("Each hop of a request waits for its turn on a CPU; the mesh has more hops than a plain connection, so it suffers "
                        + "first.")
                .remedy("Less work or more CPUs: 'top' shows who takes the time. In Kubernetes, CPU requests keep a share for those that "
                        + "need it.")
                .rated(Severity.WARNING, Confidence.HIGH));
    }

    private void stolen(Report report, CpuTimes all) {
        double share = all.share(all.steal());
        if (share >= STOLEN) {
            report.found(Finding.of("cpu-steal", area())
                    .seen("the hypervisor gave " + Figures.percent(share) + " of this machine's CPU time to others (steal in /proc/stat)")
                    .why("This virtual machine was ready to run and was not let; requests stand still meanwhile, and nothing inside can "
                            + "help.")
                    .remedy("A larger or dedicated instance type, another host, or, for instances with CPU credits, fewer of them spent.")
                    .rated(share >= MUCH_STOLEN ? Severity.CRITICAL : Severity.WARNING, Confidence.HIGH));
        }
    }

    private void softirq(Report report, Map<Integer, CpuTimes> since) {
        Optional<Map.Entry<Integer, CpuTimes>> most = since.entrySet().stream().filter(entry -> entry.getKey() >= 0)
                .max(Comparator.comparingDouble(entry -> entry.getValue().share(entry.getValue().softirq())));
        boolean everywhere = since.entrySet().stream().filter(entry -> entry.getKey() >= 0)
                .allMatch(entry -> entry.getValue().free() < 0.1);
        most.filter(entry -> everywhere && entry.getValue().share(entry.getValue().softirq()) >= SOFTIRQ)
                .ifPresent(entry -> report.found(Finding.of("softirq-saturated", area())
                        .seen("CPU " + entry.getKey() + " spends " + Figures.percent(entry.getValue().share(entry.getValue().softirq()))
                                + " of its time taking in packets, and no CPU has time left (softirq in /proc/stat)")
                        .why("Packet processing comes before programs: those that should answer get what is left.")
                        .remedy("Fewer or larger packets (see the findings on offloads), fewer hops (Sockway takes local ones off TCP), "
                                + "or more CPUs.")
                        .rated(Severity.WARNING, Confidence.MEDIUM)));
    }

    private void throttled(View view, Report report) {
        List<String> evidence = new ArrayList<>();
        Map<String, Long> periods = view.eachSince("sys/fs/cgroup/.*cpu\\.stat", Counters::lines, "nr_periods");
        view.eachSince("sys/fs/cgroup/.*cpu\\.stat", Counters::lines, "nr_throttled").entrySet().stream()
                .filter(entry -> entry.getValue() > 0).sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(4)
                .forEach(entry -> evidence.add("/" + entry.getKey().replace("/cpu.stat", "") + " was stopped in " + entry.getValue() + " "
                        + "of "
                        + periods.getOrDefault(entry.getKey(), 0L) + " periods (nr_throttled in its cpu.stat)"));
        if (!evidence.isEmpty()) {
            report.found(Finding.of("cpu-throttled", area()).seen(evidence)
                    .why("These cgroups used up their CPU limit, and all their threads stood still for the rest of the period, up to 100 "
                            + "ms. For an Envoy that is added latency for each request.")
                    .remedy("Raise or remove the CPU limit of these containers (for Istio's sidecar: annotation "
                            + "sidecar.istio.io/proxyCPULimit), or let them run fewer threads (Envoy: --concurrency, annotation "
                            + "proxy.istio.io/config).")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }

    private void governor(View view, Report report, CpuTimes all) {
        for (String policy : view.host().names(POLICIES)) {
            String folder = POLICIES + "/" + policy + "/";
            String governor = view.host().text(folder + "scaling_governor").orElse("");
            String driver = view.host().text(folder + "scaling_driver").orElse("");
            long now = view.host().number(folder + "scaling_cur_freq").orElse(0);
            long max = view.host().number(folder + "cpuinfo_max_freq").orElse(0);
            /* Under these drivers "powersave" is the name of the normal mode. */
            boolean itself = driver.equals("intel_pstate") || driver.equals("amd-pstate-epp");
            if (governor.equals("powersave") && !itself && now < SLOW_CLOCK * max && all.busy() > 0.5) {
                report.found(Finding.of("cpu-powersave", area())
                        .seen("the CPUs are " + Figures.percent(all.busy()) + " busy, and " + policy + " runs at " + now / 1000 + " of "
                                + max / 1000
                                + " MHz with the governor powersave of " + driver + " (/" + folder + "scaling_governor)")
                        .why("This governor keeps the CPU at its lowest clock, however busy it is.")
                        .remedy("echo schedutil > /" + folder + "scaling_governor, or performance where latency counts most ('sockway "
                                + "tune apply --profile latency --only cpu').")
                        .rated(Severity.WARNING, Confidence.HIGH));
                return;
            }
        }
    }

    private void numa(View view, Report report) {
        Map<String, Long> hits = view.eachSince("sys/devices/system/node/node\\d+/numastat", Counters::lines, "numa_hit");
        Map<String, Long> misses = view.eachSince("sys/devices/system/node/node\\d+/numastat", Counters::lines, "numa_miss");
        long hit = hits.values().stream().mapToLong(Long::longValue).sum();
        long miss = misses.values().stream().mapToLong(Long::longValue).sum();
        if (hits.size() > 1 && miss >= MISSES_PER_SECOND * view.seconds() && miss > MISSES * (hit + miss)) {
            report.found(Finding.of("numa-misses", area())
                    .seen(view.rate(miss) + " of " + view.rate(hit + miss) + " pages came from another NUMA node than asked for "
                            + "(numa_miss in /sys/devices/system/node/node*/numastat)")
                    .why("A node's own memory is full, so programs there work with memory that is farther away and slower.")
                    .remedy("Spread memory use over the nodes: numactl --interleave for the largest program, or in Kubernetes the "
                            + "topology manager (single-numa-node).")
                    .rated(Severity.ADVICE, Confidence.MEDIUM));
        }
    }
}
