package io.sockway.node.host;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that counts up, read at one moment. Immutable.
 *
 * @param nanos when, by {@link System#nanoTime}
 * @param files texts by path, without those that are not there
 * @param statistics the drivers' counters by device
 * @param qdiscs the devices' send queues by device
 */
public record Sample(long nanos, Map<String, String> files, Map<String, Map<String, Long>> statistics, Map<String, Qdisc> qdiscs) {
    private static final int DEEP_SLEEP_MICROS = 100;
    private static final List<String> FILES = List.of("proc/net/softnet_stat", "proc/net/snmp", "proc/net/snmp6", "proc/net/netstat",
            "proc/net/dev", "proc/net/sockstat", "proc/net/sockstat6", "proc/net/stat/nf_conntrack", "proc/stat", "proc/vmstat",
            "proc/interrupts", "proc/pressure/cpu", "proc/pressure/memory", "proc/pressure/io");
    private static final List<String> DEVICE_FILES = List.of("statistics/rx_missed_errors", "statistics/rx_fifo_errors");

    /** Reads all of it. */
    public static Sample take(Host host, List<NetDevice> devices) {
        Map<String, String> files = new LinkedHashMap<>();
        long nanos = System.nanoTime();
        for (String file : FILES) {
            host.text(file).ifPresent(text -> files.put(file, text));
        }
        for (String node : host.names("sys/devices/system/node")) {
            String file = "sys/devices/system/node/" + node + "/numastat";
            if (node.matches("node\\d+")) {
                host.text(file).ifPresent(text -> files.put(file, text));
            }
        }
        Map<String, Map<String, Long>> statistics = new LinkedHashMap<>();
        for (NetDevice device : devices) {
            if (device.physical()) {
                DEVICE_FILES.forEach(name -> host.text(device.file(name)).ifPresent(text -> files.put(device.file(name), text)));
                statistics.put(device.name(), Map.copyOf(host.ethtool().statistics(device.name())));
            }
        }
        CgroupThrottles.paths(host).forEach(path -> host.text(path).ifPresent(text -> files.put(path, text)));
        deepSleeps(host).forEach(path -> host.text(path).ifPresent(text -> files.put(path, text)));
        return new Sample(nanos, Map.copyOf(files), Map.copyOf(statistics), host.qdiscs());
    }

    /** How often each CPU fell into a sleep that takes long to wake from. The states are the same for all CPUs. */
    private static List<String> deepSleeps(Host host) {
        List<Integer> cpus = host.cpus();
        String first = "sys/devices/system/cpu/cpu" + cpus.getFirst() + "/cpuidle";
        return host.names(first).stream().filter(state -> host.number(first + "/" + state + "/latency").orElse(0) >= DEEP_SLEEP_MICROS)
                .flatMap(state -> cpus.stream().map(cpu -> "sys/devices/system/cpu/cpu" + cpu + "/cpuidle/" + state + "/usage")).toList();
    }

    /** The same sample as if taken at another moment. */
    public Sample at(long moment) {
        return new Sample(moment, files, statistics, qdiscs);
    }

    /** A file's text, empty where it was not there. */
    public Optional<String> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /** A driver's counters, empty where it has none. */
    public Map<String, Long> statistics(String device) {
        return statistics.getOrDefault(device, Map.of());
    }
}
