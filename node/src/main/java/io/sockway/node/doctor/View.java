package io.sockway.node.doctor;

import io.sockway.node.host.Counters;
import io.sockway.node.host.CpuTimes;
import io.sockway.node.host.Host;
import io.sockway.node.host.Interrupts;
import io.sockway.node.host.NetDevice;
import io.sockway.node.host.Pressure;
import io.sockway.node.host.Qdisc;
import io.sockway.node.host.Sample;
import io.sockway.node.host.Softnet;
import io.sockway.node.drops.Drop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Two samples of a node side by side, and what came between them. Not thread-safe. */
final class View {
    private static final int NET_DEV_RX_BYTES = 0;
    private static final int NET_DEV_RX_PACKETS = 1;
    private static final int NET_DEV_TX_PACKETS = 9;
    private static final int NET_DEV_COLUMNS = 16;

    private final Host host;
    private final List<NetDevice> devices;
    private final Sample before;
    private final Sample after;
    private final List<Drop> drops;
    private final List<MeshState> meshBefore;
    private final List<MeshState> mesh;
    private final Counters netBefore;
    private final Counters netAfter;
    private final Map<String, Packets> packets;
    private List<Interrupts> interrupts;

    /** The drops and the mesh are null where they could not be seen. */
    View(Host host, List<NetDevice> devices, Sample before, Sample after, List<Drop> drops, List<MeshState> meshBefore,
            List<MeshState> mesh) {
        this.host = host;
        this.devices = devices;
        this.before = before;
        this.after = after;
        this.drops = drops;
        this.meshBefore = meshBefore == null ? List.of() : meshBefore;
        this.mesh = mesh;
        this.netBefore = netCounters(before);
        this.netAfter = netCounters(after);
        this.packets = packets(before, after);
    }

    Host host() {
        return host;
    }

    List<NetDevice> devices() {
        return devices;
    }

    double seconds() {
        return (after.nanos() - before.nanos()) / 1e9;
    }

    String rate(long n) {
        return Figures.rate(n, seconds());
    }

    long sysctl(String name, long otherwise) {
        return host.number(Host.sysctlPath(name)).orElse(otherwise);
    }

    Optional<List<Drop>> drops() {
        return Optional.ofNullable(drops);
    }

    /** Where packets of a reason were dropped, as a line of evidence for another finding. */
    List<String> dropSites(String reason) {
        return drops().orElse(List.of()).stream().filter(drop -> drop.reason().equals(reason)).limit(2)
                .map(drop -> rate(drop.count()) + " dropped in the kernel function " + drop.site() + " with reason " + reason
                        + " (tracepoint skb:kfree_skb)").toList();
    }

    Optional<List<MeshState>> mesh() {
        return Optional.ofNullable(mesh);
    }

    /** What came between in one of the counters by reason under these pins. */
    Map<String, Long> meshSince(MeshState now, Function<MeshState, Map<String, Long>> counters) {
        Map<String, Long> since = new LinkedHashMap<>();
        Map<String, Long> earlier = earlier(now).map(counters).orElse(Map.of());
        counters.apply(now).forEach((reason, n) -> since.put(reason, n - earlier.getOrDefault(reason, 0L)));
        since.values().removeIf(n -> n <= 0);
        return since;
    }

    long meshCountSince(MeshState now, ToLongFunction<MeshState> counter) {
        return counter.applyAsLong(now) - earlier(now).map(counter::applyAsLong).orElse(0L);
    }

    private Optional<MeshState> earlier(MeshState now) {
        return meshBefore.stream().filter(then -> then.pins().equals(now.pins())).findFirst();
    }

    Optional<String> file(String path) {
        return after.file(path);
    }

    /** A counter of {@code /proc/net/netstat} or {@code snmp} since boot, for example {@code TcpExt.ListenOverflows}. */
    long total(String counter) {
        return netAfter.get(counter);
    }

    /** The same, between the samples. */
    long since(String counter) {
        return Math.max(0, netAfter.get(counter) - netBefore.get(counter));
    }

    long since(String file, Function<String, Counters> format, String counter) {
        return Math.max(0, parse(after, file, format).get(counter) - parse(before, file, format).get(counter));
    }

    Counters now(String file, Function<String, Counters> format) {
        return parse(after, file, format);
    }

    private static Counters parse(Sample sample, String file, Function<String, Counters> format) {
        return sample.file(file).map(format).orElse(Counters.none());
    }

    private static Counters netCounters(Sample sample) {
        return Counters.pairs(sample.file("proc/net/netstat").orElse("") + "\n" + sample.file("proc/net/snmp").orElse(""));
    }

    /** A file that holds one number, between the samples. */
    long numberSince(String file) {
        return before.file(file).isEmpty() ? 0 : Math.max(0, number(after, file) - number(before, file));
    }

    long number(String file) {
        return number(after, file);
    }

    private static long number(Sample sample, String file) {
        return Counters.lines("value " + sample.file(file).orElse("0").strip()).get("value");
    }

    /** The driver's counters that moved, by name. */
    Map<String, Long> statisticsSince(String device) {
        Map<String, Long> since = new LinkedHashMap<>();
        Map<String, Long> earlier = before.statistics(device);
        after.statistics(device).forEach((name, value) -> {
            long difference = value - earlier.getOrDefault(name, value);
            if (difference > 0) {
                since.put(name, difference);
            }
        });
        return since;
    }

    Map<String, Long> statistics(String device) {
        return after.statistics(device);
    }

    /** Packets that a device received and sent between the samples, and the bytes of those received. */
    record Packets(long received, long receivedBytes, long sent) {
        private static final Packets NONE = new Packets(0, 0, 0);

        long both() {
            return received + sent;
        }
    }

    Packets packets(String device) {
        return packets.getOrDefault(device, Packets.NONE);
    }

    private static Map<String, Packets> packets(Sample before, Sample after) {
        Map<String, Packets> earlier = netDev(before);
        Map<String, Packets> since = new LinkedHashMap<>();
        netDev(after).forEach((device, now) -> {
            Packets then = earlier.get(device);
            if (then != null) {
                since.put(device, new Packets(Math.max(0, now.received - then.received),
                        Math.max(0, now.receivedBytes - then.receivedBytes), Math.max(0, now.sent - then.sent)));
            }
        });
        return since;
    }

    private static Map<String, Packets> netDev(Sample sample) {
        Map<String, Packets> all = new LinkedHashMap<>();
        for (String line : sample.file("proc/net/dev").orElse("").split("\n")) {
            String[] words = line.substring(line.indexOf(':') + 1).strip().split("\\s+");
            if (line.indexOf(':') > 0 && words.length >= NET_DEV_COLUMNS && List.of(words).stream().allMatch(View::isNumber)) {
                all.put(line.substring(0, line.indexOf(':')).strip(), new Packets(Long.parseUnsignedLong(words[NET_DEV_RX_PACKETS]),
                        Long.parseUnsignedLong(words[NET_DEV_RX_BYTES]), Long.parseUnsignedLong(words[NET_DEV_TX_PACKETS])));
            }
        }
        return all;
    }

    private static boolean isNumber(String word) {
        return word.matches("\\d{1,19}");
    }

    /** How a device queues what it sends, with what its counters did between the samples. */
    Optional<Qdisc> qdiscSince(String device) {
        Qdisc then = before.qdiscs().get(device);
        return Optional.ofNullable(after.qdiscs().get(device)).map(now -> new Qdisc(now.kinds(),
                then == null ? 0 : Math.max(0, now.dropped() - then.dropped()),
                then == null ? 0 : Math.max(0, now.overLimits() - then.overLimits())));
    }

    /** The paths of the sample that match, with what the number in each did. */
    Map<String, Long> numbersSince(String pattern) {
        Map<String, Long> since = new LinkedHashMap<>();
        after.files().keySet().stream().filter(path -> path.matches(pattern)).sorted()
                .forEach(path -> since.put(path, numberSince(path)));
        return since;
    }

    /** Each CPU's packet input between the samples. */
    List<Softnet> softnetSince() {
        Map<Integer, Softnet> earlier = new LinkedHashMap<>();
        softnet(before).forEach(then -> earlier.put(then.cpu(), then));
        List<Softnet> since = new ArrayList<>();
        for (Softnet now : softnet()) {
            if (earlier.containsKey(now.cpu())) {
                since.add(now.since(earlier.get(now.cpu())));
            }
        }
        return since;
    }

    List<Softnet> softnet() {
        return softnet(after);
    }

    private List<Softnet> softnet(Sample sample) {
        return Softnet.parse(sample.file("proc/net/softnet_stat").orElse(""), host.cpus());
    }

    /** Where each CPU spent its time between the samples; -1 is all together. */
    Map<Integer, CpuTimes> cpuSince() {
        Map<Integer, CpuTimes> earlier = CpuTimes.parse(before.file("proc/stat").orElse(""));
        Map<Integer, CpuTimes> since = new LinkedHashMap<>();
        CpuTimes.parse(after.file("proc/stat").orElse("")).forEach((cpu, now) -> {
            if (earlier.containsKey(cpu)) {
                since.put(cpu, now.since(earlier.get(cpu)));
            }
        });
        return since;
    }

    /** The share of the time between the samples that some, or all, tasks waited for a resource; 0 to 1. */
    double pressure(String resource, boolean full) {
        Optional<Pressure> then = before.file("proc/pressure/" + resource).map(Pressure::parse);
        Optional<Pressure> now = after.file("proc/pressure/" + resource).map(Pressure::parse);
        if (then.isEmpty() || now.isEmpty() || seconds() <= 0) {
            return 0;
        }
        long micros = full ? now.get().fullMicros() - then.get().fullMicros() : now.get().someMicros() - then.get().someMicros();
        return Math.clamp(micros / 1e6 / seconds(), 0, 1);
    }

    /** Files of the sample whose path matches, with what a counter of them did. */
    Map<String, Long> eachSince(String pattern, Function<String, Counters> format, String counter) {
        Map<String, Long> since = new LinkedHashMap<>();
        after.files().keySet().stream().filter(path -> path.matches(pattern)).sorted().forEach(path -> {
            if (before.files().containsKey(path)) {
                since.put(path, since(path, format, counter));
            }
        });
        return since;
    }

    /** What each numbered interrupt did between the samples. */
    List<Interrupts> interruptsSince() {
        if (interrupts != null) {
            return interrupts;
        }
        Map<String, Interrupts> earlier = new LinkedHashMap<>();
        Interrupts.parse(before.file("proc/interrupts").orElse("")).forEach(line -> earlier.put(line.number(), line));
        interrupts = Interrupts.parse(after.file("proc/interrupts").orElse("")).stream().filter(line -> earlier.containsKey(line.number()))
                .map(line -> line.since(earlier.get(line.number()))).toList();
        return interrupts;
    }

    /** Where this node has its cgroups of version 2; on a hybrid host not at the top. */
    String cgroups() {
        return host.text("proc/mounts").flatMap(mounts -> mounts.lines().map(line -> line.split(" "))
                .filter(words -> words.length > 2 && words[2].equals("cgroup2")).map(words -> words[1]).findFirst())
                .orElse("/sys/fs/cgroup");
    }

    /** The process ids of programs of this name. */
    Stream<String> processes(String name) {
        return host.names("proc").stream().filter(pid -> Character.isDigit(pid.charAt(0)))
                .filter(pid -> host.text("proc/" + pid + "/comm").map(name::equals).orElse(false));
    }
}
