package io.sockway.node.doctor;

import io.sockway.node.host.CpuList;
import io.sockway.node.host.CpuTimes;
import io.sockway.node.host.Ethtool;
import io.sockway.node.host.Interrupts;
import io.sockway.node.host.NetDevice;
import io.sockway.node.host.Softnet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One CPU that takes in most packets while others have time. */
final class SteeringCheck implements Check {
    private static final double HOT_SOFTIRQ = 0.25;
    private static final double HOT_SHARE = 0.8;
    private static final double IDLE = 0.3;
    private static final int PACKETS_PER_SECOND = 10_000;
    private static final double DEVICE_SHARE = 0.2;
    private static final int INTERRUPTS_PER_SECOND = 500;
    private static final int SENT_PER_SECOND = 50_000;

    @Override
    public Area area() {
        return Area.STEERING;
    }

    @Override
    public void look(View view, Report report) {
        List<String> hidden = view.devices().stream().filter(device -> !device.visible()).map(NetDevice::name).toList();
        if (!hidden.isEmpty()) {
            report.unseen(area(), "the queues of " + Figures.some(hidden) + ": " + (view.host().names("sys/class/net").isEmpty()
                    ? "/sys/class/net is not there" : "/sys shows another network namespace"));
        }
        hotCpu(view).ifPresent(hot -> explain(view, report, hot));
        sending(view, report);
        flowSteering(view, report);
        remoteNode(view, report);
        flowDirector(view, report);
    }

    /** A CPU that is busy with packets while another one has time. */
    private record Hot(int cpu, long packets, long allPackets, double softirq, int idleCpu, double idle) {
        String line(View view) {
            return "CPU " + cpu + " takes in " + view.rate(packets) + " of " + view.rate(allPackets) + " packets "
                    + "(/proc/net/softnet_stat) and spends " + Figures.percent(softirq) + " of its time on it, while CPU " + idleCpu + " "
                    + "is " + Figures.percent(idle)
                    + " idle (/proc/stat)";
        }
    }

    private static Optional<Hot> hotCpu(View view) {
        List<Softnet> since = view.softnetSince();
        long all = since.stream().mapToLong(Softnet::processed).sum();
        Map<Integer, CpuTimes> times = view.cpuSince();
        Optional<Softnet> most = since.stream().max(Comparator.comparingLong(Softnet::processed));
        if (most.isEmpty() || all < PACKETS_PER_SECOND * view.seconds() || most.get().processed() < HOT_SHARE * all) {
            return Optional.empty();
        }
        int cpu = most.get().cpu();
        CpuTimes hot = times.get(cpu);
        if (hot == null || hot.share(hot.softirq()) < HOT_SOFTIRQ) {
            return Optional.empty();
        }
        return times.entrySet().stream().filter(entry -> entry.getKey() >= 0 && entry.getKey() != cpu)
                .max(Comparator.comparingDouble(entry -> entry.getValue().free()))
                .filter(entry -> entry.getValue().free() >= IDLE)
                .map(entry -> new Hot(cpu, most.get().processed(), all, hot.share(hot.softirq()), entry.getKey(),
                        entry.getValue().free()));
    }

    private void explain(View view, Report report, Hot hot) {
        List<String> unsteered = new ArrayList<>();
        for (NetDevice device : view.devices()) {
            long received = view.packets(device.name()).received();
            if (device.name().equals("lo") || !device.visible() || received < DEVICE_SHARE * hot.allPackets()) {
                continue;
            }
            if (device.rxQueues() > 1 && device.physical()) {
                queues(view, report, hot, device);
            } else if (view.host().text(device.file("queues/rx-0/rps_cpus")).map(CpuList::mask).orElse(BigInteger.ONE).signum() == 0) {
                unsteered.add(device.name());
            }
        }
        if (!unsteered.isEmpty()) {
            String mask = CpuList.mask(view.host().cpus());
            String names = Figures.some(unsteered);
            report.found(Finding.of("rps-off", area()).seen(hot.line(view))
                    .seen(names + (unsteered.size() == 1 ? " has" : " have") + " one receive queue and no RPS: rps_cpus is 0 "
                            + "(/sys/class/net/"
                            + unsteered.getFirst() + "/queues/rx-0/rps_cpus)")
                    .why("Receive packet steering (RPS) spreads the flows of a device with one queue, as every veth is, over CPUs. "
                            + "Without it the CPU that sends, or that gets the interrupt, does the receiving too, and is the limit.")
                    .remedy("echo " + mask + " > /sys/class/net/" + unsteered.getFirst() + "/queues/rx-0/rps_cpus   ('sockway tune apply "
                            + "--only steering' does it for all such devices, and can put it back). One flow stays on one CPU.")
                    .rated(Severity.ADVICE, Confidence.MEDIUM));
        }
    }

    private void queues(View view, Report report, Hot hot, NetDevice device) {
        Optional<Ethtool.Channels> channels = view.host().ethtool().channels(device.name());
        int cpus = view.host().cpus().size();
        if (channels.isPresent() && channels.get().receiving() < Math.min(channels.get().receivingMax(), cpus)) {
            Ethtool.Channels now = channels.get();
            int wanted = Math.min(now.receivingMax(), cpus);
            report.found(Finding.of("nic-few-queues", area()).seen(hot.line(view))
                    .seen(device.name() + " uses " + now.receiving() + " of " + now.receivingMax() + " receive queues (ethtool -l "
                            + device.name() + "); there are " + cpus + " CPUs")
                    .why("The card spreads flows over its receive queues (RSS), and each queue interrupts one CPU. With few queues, few "
                            + "CPUs take in all packets.")
                    .remedy((now.combinedMax() > 0 ? "ethtool -L " + device.name() + " combined " + wanted
                            : "ethtool -L " + device.name() + " rx " + wanted)
                            + "   ('sockway tune apply --profile throughput --only steering' does it, and can put it back)")
                    .rated(Severity.ADVICE, Confidence.MEDIUM));
        }
        Map<Integer, Long> perCpu = interruptsByCpu(view, device);
        long total = perCpu.values().stream().mapToLong(Long::longValue).sum();
        long ofHot = perCpu.getOrDefault(hot.cpu(), 0L);
        if (total >= INTERRUPTS_PER_SECOND * view.seconds() && ofHot >= HOT_SHARE * total) {
            report.found(Finding.of("irq-one-cpu", area()).seen(hot.line(view))
                    .seen("CPU " + hot.cpu() + " gets " + view.rate(ofHot) + " of " + view.rate(total) + " interrupts of " + device.name()
                            + ", which has " + device.rxQueues() + " receive queues (/proc/interrupts)")
                    .seen(irqbalance(view) ? "irqbalance runs" : "irqbalance does not run")
                    .why("Each queue could interrupt a CPU of its own; all of them interrupt one, which becomes the limit.")
                    .remedy((irqbalance(view) ? "Stop irqbalance for this card (IRQBALANCE_BANNED_IRQS) and spread" : "Start irqbalance, "
                            + "or spread")
                            + " the interrupts by hand: echo N > /proc/irq/IRQ/smp_affinity_list for each IRQ of " + device.name()
                            + ", each with another CPU N.")
                    .rated(Severity.WARNING, Confidence.HIGH));
        }
    }

    private void remoteNode(View view, Report report) {
        Map<Integer, Integer> nodeOf = nodes(view);
        if (new HashSet<>(nodeOf.values()).size() < 2) {
            return;
        }
        for (NetDevice device : view.devices()) {
            if (!device.physical() || device.numaNode() < 0) {
                continue;
            }
            Map<Integer, Long> perCpu = interruptsByCpu(view, device);
            long total = perCpu.values().stream().mapToLong(Long::longValue).sum();
            long remote = perCpu.entrySet().stream()
                    .filter(entry -> nodeOf.getOrDefault(entry.getKey(), device.numaNode()) != device.numaNode())
                    .mapToLong(Map.Entry::getValue).sum();
            if (total >= 2L * INTERRUPTS_PER_SECOND * view.seconds() && remote * 2 > total) {
                String near = view.host().text("sys/devices/system/node/node" + device.numaNode() + "/cpulist").orElse("?");
                report.found(Finding.of("irq-remote-node", area())
                        .seen(view.rate(remote) + " of " + view.rate(total) + " interrupts of " + device.name() + " go to CPUs of "
                                + "another NUMA node than the card's, which is node " + device.numaNode() + " (/proc/interrupts, "
                                + "/sys/class/net/"
                                + device.name() + "/device/numa_node)")
                        .why("The card writes packets to the memory near it; a CPU of another node fetches each of them over the link "
                                + "between the nodes, which takes longer and has less bandwidth.")
                        .remedy("Give the interrupts of " + device.name() + " to CPUs " + near + ": echo N > "
                                + "/proc/irq/IRQ/smp_affinity_list; with irqbalance, which does not keep to that by itself: "
                                + "IRQBALANCE_BANNED_CPULIST.")
                        .rated(Severity.ADVICE, Confidence.HIGH));
            }
        }
    }

    private void flowDirector(View view, Report report) {
        for (NetDevice device : view.devices()) {
            Map<String, Long> moved = view.statisticsSince(device.name());
            long missed = moved.getOrDefault("fdir_miss", 0L);
            long matched = moved.getOrDefault("fdir_match", 0L);
            long overflow = moved.getOrDefault("fdir_overflow", 0L);
            if (overflow > 0 && missed > matched && missed >= PACKETS_PER_SECOND * view.seconds()) {
                report.found(Finding.of("flow-director-full", area())
                        .seen("fdir_miss of " + device.name() + " grows by " + view.rate(missed) + ", fdir_match by " + view.rate(matched)
                                + ", fdir_overflow by " + view.rate(overflow) + " (ethtool -S " + device.name() + ")")
                        .why("Flow Director steers a flow's packets to the CPU that sends on it. Its table is full, so most packets come "
                                + "in elsewhere, and those of one flow may change CPU and get out of order.")
                        .remedy("With so many flows, plain RSS is better: ethtool -K " + device.name() + " ntuple on (turns the "
                                + "automatic steering off), and RFS in its place (net.core.rps_sock_flow_entries).")
                        .rated(Severity.ADVICE, Confidence.MEDIUM));
            }
        }
    }

    private void sending(View view, Report report) {
        for (NetDevice device : view.devices()) {
            long sent = view.packets(device.name()).sent();
            if (device.physical() && device.txQueues() > 1 && sent >= SENT_PER_SECOND * view.seconds() && unassigned(view, device)) {
                report.found(Finding.of("xps-off", area())
                        .seen(device.name() + " sends " + view.rate(sent) + " packets (/proc/net/dev) by " + device.txQueues()
                                + " queues, and no CPU has one of its own: xps_cpus and xps_rxqs are 0 (/sys/class/net/" + device.name()
                                + "/queues/tx-*)")
                        .why("Transmit packet steering (XPS) gives each CPU a send queue. Without it several CPUs use the same one and "
                                + "wait for its lock, and another CPU than the sender cleans up behind it.")
                        .remedy("A queue for each CPU: echo 1 > /sys/class/net/" + device.name() + "/queues/tx-0/xps_cpus, echo 2 > "
                                + "...tx-1/xps_cpus, and so on ('sockway tune apply --profile throughput --only steering' does it, and can "
                                + "put it back).")
                        .rated(Severity.ADVICE, Confidence.MEDIUM));
            }
        }
    }

    private static boolean unassigned(View view, NetDevice device) {
        for (int queue = 0; queue < device.txQueues(); queue++) {
            for (String mask : List.of("xps_cpus", "xps_rxqs")) {
                String file = device.file("queues/tx-" + queue + "/" + mask);
                if (view.host().text(file).map(CpuList::mask).orElse(BigInteger.ZERO).signum() != 0) {
                    return false;
                }
            }
        }
        return view.host().has(device.file("queues/tx-0/xps_cpus"));
    }

    /** RFS needs both a table of the whole node and one for each queue. */
    private void flowSteering(View view, Report report) {
        long entries = view.sysctl("net.core.rps_sock_flow_entries", -1);
        if (entries < 0) {
            return;
        }
        long flows = 0;
        for (NetDevice device : view.devices()) {
            for (int queue = 0; queue < device.rxQueues(); queue++) {
                flows += view.host().number(device.file("queues/rx-" + queue + "/rps_flow_cnt")).orElse(0);
            }
        }
        if (entries > 0 == flows > 0) {
            return;
        }
        report.found(Finding.of("rfs-half-set", area())
                .seen("net.core.rps_sock_flow_entries is " + entries + ", and rps_flow_cnt of all queues together " + flows
                        + " (/sys/class/net/*/queues/rx-*/rps_flow_cnt)")
                .why("Receive flow steering (RFS) brings packets to the CPU whose program reads them. It needs a table for the node and "
                        + "one for each queue; one of the two is empty, so someone set it up and it does nothing.")
                .remedy(entries > 0 ? "echo " + entries / 8 + " > /sys/class/net/DEVICE/queues/rx-0/rps_flow_cnt, for each receive queue; "
                        + "or sysctl -w net.core.rps_sock_flow_entries=0" : "sysctl -w net.core.rps_sock_flow_entries=32768; or set "
                        + "rps_flow_cnt of the queues to 0")
                .rated(Severity.ADVICE, Confidence.HIGH));
    }

    private static Map<Integer, Integer> nodes(View view) {
        Map<Integer, Integer> nodeOf = new HashMap<>();
        for (String name : view.host().names("sys/devices/system/node")) {
            if (name.matches("node\\d+")) {
                CpuList.parse(view.host().text("sys/devices/system/node/" + name + "/cpulist").orElse(""))
                        .forEach(cpu -> nodeOf.put(cpu, Integer.parseInt(name.substring(4))));
            }
        }
        return nodeOf;
    }

    private static Map<Integer, Long> interruptsByCpu(View view, NetDevice device) {
        Set<String> own = new HashSet<>(view.host().names(device.file("device/msi_irqs")));
        Map<Integer, Long> perCpu = new HashMap<>();
        for (Interrupts since : view.interruptsSince()) {
            if (own.contains(since.number()) || since.name().startsWith(device.name() + "-") || since.name().equals(device.name())) {
                for (int i = 0; i < since.counts().size(); i++) {
                    perCpu.merge(since.cpus().get(i), since.counts().get(i), Long::sum);
                }
            }
        }
        return perCpu;
    }

    private static boolean irqbalance(View view) {
        return view.processes("irqbalance").findAny().isPresent();
    }
}
