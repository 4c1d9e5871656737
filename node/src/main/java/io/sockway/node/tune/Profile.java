package io.sockway.node.tune;

import io.sockway.node.doctor.Area;
import io.sockway.node.host.CpuList;
import io.sockway.node.host.Ethtool;
import io.sockway.node.host.Host;
import io.sockway.node.host.NetDevice;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** What a node is for, and so which settings it should have. Values that are better already are left as they are. */
public enum Profile {
    /** Answers soon: clocks up, no deep sleep, little queued. */
    LATENCY,
    /** Moves much: long rings, queues and buffers, packets spread over CPUs. */
    THROUGHPUT,
    /** What helps every node of a mesh and harms none. */
    NODE_DEFAULT;

    private static final long BACKLOG = 32_768;
    private static final long BUDGET = 600;
    private static final long BUDGET_MICROS = 8_000;
    private static final long RING = 4_096;
    private static final long RING_THROUGHPUT = 8_192;
    private static final long LISTEN = 4_096;
    private static final long SYN_BACKLOG = 8_192;
    private static final long BUFFER = 16L << 20;
    private static final long UNSENT = 128L << 10;
    private static final long CONNECTIONS = 262_144;
    private static final long FLOWS = 32_768;
    private static final long FAST_MBIT = 10_000;
    private static final long MIN_FREE_KBYTES = 65_536;
    private static final long WATERMARK_SCALE = 100;
    private static final long DEEP_SLEEP_MICROS = 50;
    private static final long FIRST_PORT = 16_384;
    private static final long LAST_PORT = 65_535;
    /** Ports that Kubernetes gives to NodePort services, which the kernel must not hand out. */
    private static final String NODE_PORTS = "30000-32767";

    /** The name in options. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What this node should have, whether it has it already or not. Settings that it does not offer are left out. */
    public List<Proposal> propose(Host host) {
        Proposals all = new Proposals(host);
        List<NetDevice> devices = NetDevice.all(host);
        rings(all, host, devices);
        kernelInput(all);
        steering(all, host, devices);
        offloads(all, host, devices);
        tcp(all, host);
        all.atLeast(Area.CONNTRACK, "net.netfilter.nf_conntrack_max", CONNECTIONS,
                "every connection of a pod with a sidecar needs an entry, and one that finds none is dropped");
        cpu(all, host);
        memory(all, host, devices);
        disk(all, host);
        return all.list();
    }

    private void rings(Proposals all, Host host, List<NetDevice> devices) {
        if (this == LATENCY) {
            return;
        }
        long wanted = this == THROUGHPUT ? RING_THROUGHPUT : RING;
        for (NetDevice device : devices) {
            Optional<Ethtool.Rings> rings = device.physical() ? host.ethtool().rings(device.name()) : Optional.empty();
            rings.ifPresent(now -> {
                all.device(Area.RINGS, device.name(), Ethtool.Knob.RING_RX, now.rx(), Math.min(wanted, now.rxMax()),
                        "packets that find the receive ring full are lost" + bound(wanted, now.rxMax()));
                if (this == THROUGHPUT) {
                    all.device(Area.RINGS, device.name(), Ethtool.Knob.RING_TX, now.tx(), Math.min(wanted, now.txMax()),
                            "a longer send ring keeps the card busy between interrupts" + bound(wanted, now.txMax()));
                }
            });
        }
    }

    private static String bound(long wanted, long max) {
        return max < wanted ? " (" + max + " is all that this device offers)" : "";
    }

    private void kernelInput(Proposals all) {
        all.atLeast(Area.KERNEL_INPUT, "net.core.netdev_max_backlog", BACKLOG,
                "packets of veth devices, and those steered by RPS, wait in one queue a CPU; what does not fit is lost");
        if (this == THROUGHPUT) {
            all.atLeast(Area.KERNEL_INPUT, "net.core.netdev_budget", BUDGET, "a CPU takes in more packets before it lets others run");
            all.atLeast(Area.KERNEL_INPUT, "net.core.netdev_budget_usecs", BUDGET_MICROS, "and has the time for it");
        }
    }

    private void steering(Proposals all, Host host, List<NetDevice> devices) {
        List<Integer> cpus = host.cpus();
        if (this == LATENCY || cpus.size() < 2) {
            return;
        }
        String mask = CpuList.mask(cpus);
        all.exactly(Area.STEERING, "net.core.rps_default_mask", mask,
                "devices that come later, such as the veth of a new pod, spread their flows over all CPUs");
        if (this == THROUGHPUT) {
            all.atLeast(Area.STEERING, "net.core.rps_sock_flow_entries", FLOWS,
                    "packets go to the CPU whose program reads them (receive flow steering)");
        }
        for (NetDevice device : devices) {
            if (device.visible() && device.rxQueues() == 1 && (device.isVeth() || device.physical())) {
                all.file(Area.STEERING, "/" + device.file("queues/rx-0/rps_cpus"), mask,
                        "a device with one queue uses one CPU; RPS spreads its flows over all");
                if (this == THROUGHPUT) {
                    all.file(Area.STEERING, "/" + device.file("queues/rx-0/rps_flow_cnt"), Long.toString(FLOWS / 8),
                            "and this many flows of it are steered to the CPU of their reader");
                }
            }
            if (this == THROUGHPUT) {
                sendQueues(all, host, device, cpus);
            }
            if (this == THROUGHPUT && device.physical()) {
                host.ethtool().channels(device.name()).filter(now -> now.combinedMax() > 1).ifPresent(now ->
                        all.device(Area.STEERING, device.name(), Ethtool.Knob.CHANNELS, now.combined(),
                                Math.min(now.combinedMax(), cpus.size()),
                                "each receive queue interrupts a CPU of its own"));
            }
        }
    }

    /** A queue for each CPU, where nobody, such as the driver, has given them out. */
    private static void sendQueues(Proposals all, Host host, NetDevice device, List<Integer> cpus) {
        List<String> files = IntStream.range(0, device.physical() ? device.txQueues() : 0)
                .mapToObj(queue -> device.file("queues/tx-" + queue + "/xps_cpus")).toList();
        if (files.size() < 2 || files.stream().anyMatch(file -> host.text(file).map(CpuList::mask).orElse(BigInteger.ONE).signum() != 0)) {
            return;
        }
        for (int queue = 0; queue < Math.min(files.size(), cpus.size()); queue++) {
            List<Integer> own = new ArrayList<>();
            for (int i = queue; i < cpus.size(); i += files.size()) {
                own.add(cpus.get(i));
            }
            all.file(Area.STEERING, "/" + files.get(queue), CpuList.mask(own), "CPUs that send by queues of their own do not wait for each "
                    + "other");
        }
    }

    private void offloads(Proposals all, Host host, List<NetDevice> devices) {
        if (this != THROUGHPUT) {
            return;
        }
        for (NetDevice device : devices) {
            for (Ethtool.Knob knob : List.of(Ethtool.Knob.TSO, Ethtool.Knob.GSO, Ethtool.Knob.GRO)) {
                Ethtool.Feature feature = device.physical() ? host.ethtool().features(device.name()).get(knob.label()) : null;
                if (feature != null && !feature.fixed()) {
                    all.device(Area.OFFLOADS, device.name(), knob, feature.on() ? 1 : 0, 1, "large packets cost the CPU less than many "
                            + "small");
                }
            }
        }
    }

    private void tcp(Proposals all, Host host) {
        all.atLeast(Area.TCP, "net.core.somaxconn", LISTEN, "listeners may queue this many connections that wait to be accepted");
        all.atLeast(Area.TCP, "net.ipv4.tcp_max_syn_backlog", SYN_BACKLOG, "half-open connections wait here in a burst of new ones");
        ports(all, host);
        all.exactly(Area.TCP, "net.ipv4.tcp_slow_start_after_idle", "0",
                "the kept-alive connections of a mesh pause often, and would begin slowly each time");
        if (this == THROUGHPUT) {
            all.atLeast(Area.TCP, "net.core.rmem_max", BUFFER, "programs may ask for receive buffers that fill a fast, long path");
            all.atLeast(Area.TCP, "net.core.wmem_max", BUFFER, "and for send buffers");
            all.lastAtLeast(Area.TCP, "net.ipv4.tcp_rmem", BUFFER, "TCP may grow receive buffers that far by itself");
            all.lastAtLeast(Area.TCP, "net.ipv4.tcp_wmem", BUFFER, "and send buffers");
        }
        if (this == LATENCY) {
            all.exactly(Area.TCP, "net.ipv4.tcp_notsent_lowat", Long.toString(UNSENT),
                    "programs are asked for more only when little waits to be sent, so urgent data waits behind less");
        }
    }

    private static void ports(Proposals all, Host host) {
        List<Long> range = host.numbers(Host.sysctlPath("net.ipv4.ip_local_port_range"));
        if (range.size() != 2 || range.get(1) - range.get(0) >= LAST_PORT - FIRST_PORT) {
            return;
        }
        String reserved = host.sysctl("net.ipv4.ip_local_reserved_ports").orElse("");
        if (!CpuList.parse(reserved).containsAll(CpuList.parse(NODE_PORTS))) {
            all.exactly(Area.TCP, "net.ipv4.ip_local_reserved_ports", reserved.isEmpty() ? NODE_PORTS : reserved + "," + NODE_PORTS,
                    "the wider range below must not hand out the ports of Kubernetes' NodePort services");
        }
        all.exactly(Area.TCP, "net.ipv4.ip_local_port_range", FIRST_PORT + "\t" + LAST_PORT,
                "each connection to one destination needs a local port of its own; below are Istio's own ports (15000 to 15100)");
    }

    private void cpu(Proposals all, Host host) {
        if (this != LATENCY) {
            return;
        }
        for (String policy : host.names("sys/devices/system/cpu/cpufreq")) {
            String folder = "sys/devices/system/cpu/cpufreq/" + policy;
            if (host.text(folder + "/scaling_available_governors").map(list -> List.of(list.split(" "
                    + "")).contains("performance")).orElse(false)) {
                all.file(Area.CPU, "/" + folder + "/scaling_governor", "performance", "the clock does not have to rise first when work "
                        + "comes");
            }
        }
        for (int cpu : host.cpus()) {
            String folder = "sys/devices/system/cpu/cpu" + cpu + "/cpuidle";
            for (String state : host.names(folder)) {
                if (host.number(folder + "/" + state + "/latency").orElse(0) > DEEP_SLEEP_MICROS) {
                    all.file(Area.CPU, "/" + folder + "/" + state + "/disable", "1", "waking from this sleep takes more than "
                            + DEEP_SLEEP_MICROS + " µs");
                }
            }
        }
    }

    private void memory(Proposals all, Host host, List<NetDevice> devices) {
        all.atLeast(Area.MEMORY, "vm.watermark_scale_factor", WATERMARK_SCALE,
                "memory is freed in the background earlier, so that programs and packets need not wait for it");
        boolean fast = devices.stream().anyMatch(device -> device.speedMbit() >= FAST_MBIT);
        if (fast && host.memoryBytes() / 1024 / 100 >= MIN_FREE_KBYTES) {
            all.atLeast(Area.MEMORY, "vm.min_free_kbytes", MIN_FREE_KBYTES, "a fast card needs buffers at once, from memory that is kept "
                    + "free");
        }
    }

    private static void disk(Proposals all, Host host) {
        for (String disk : host.names("sys/block")) {
            String folder = "sys/block/" + disk + "/queue/";
            String scheduler = host.text(folder + "scheduler").orElse("");
            boolean rotates = disk.startsWith("sd") && host.number(folder + "rotational").orElse(0) == 1;
            if (rotates && scheduler.contains("[none]") && scheduler.contains("mq-deadline")) {
                all.file(Area.DISK, "/" + folder + "scheduler", "mq-deadline", "a disk with moving heads gains from requests in order");
            } else if (disk.startsWith("nvme") && scheduler.contains("[bfq]")) {
                all.file(Area.DISK, "/" + folder + "scheduler", "none", "an NVMe drive orders requests itself");
            }
        }
    }

    /** Collects proposals, without those that this node does not offer. */
    private static final class Proposals {
        private final Host host;
        private final List<Proposal> all = new ArrayList<>();

        Proposals(Host host) {
            this.host = host;
        }

        List<Proposal> list() {
            return all;
        }

        void atLeast(Area area, String sysctl, long least, String reason) {
            host.number(Host.sysctlPath(sysctl)).ifPresent(now -> sysctl(area, sysctl, Long.toString(Math.max(now, least)), reason));
        }

        void lastAtLeast(Area area, String sysctl, long least, String reason) {
            List<Long> now = host.numbers(Host.sysctlPath(sysctl));
            if (now.size() == 3) {
                sysctl(area, sysctl, now.get(0) + "\t" + now.get(1) + "\t" + Math.max(now.get(2), least), reason);
            }
        }

        void exactly(Area area, String sysctl, String value, String reason) {
            if (host.sysctl(sysctl).isPresent()) {
                sysctl(area, sysctl, value, reason);
            }
        }

        private void sysctl(Area area, String sysctl, String value, String reason) {
            add(new Proposal(new Target.Sysctl(sysctl), area, value, reason));
        }

        void file(Area area, String path, String value, String reason) {
            add(new Proposal(new Target.SysFile(path), area, value, reason));
        }

        void device(Area area, String device, Ethtool.Knob knob, long now, long wanted, String reason) {
            if (wanted > 0) {
                add(new Proposal(new Target.DeviceSetting(device, knob), area, Long.toString(Math.max(now, wanted)), reason));
            }
        }

        private void add(Proposal proposal) {
            if (proposal.target().refusal(host, proposal.value()).isEmpty() && proposal.target().read(host).isPresent()) {
                all.add(proposal);
            }
        }
    }
}
