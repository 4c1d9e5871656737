package io.sockway.node.doctor;

import io.sockway.node.drops.Drop;
import io.sockway.node.host.Counters;
import io.sockway.node.host.CpuTimes;
import io.sockway.node.host.Host;
import io.sockway.node.host.Interrupts;
import io.sockway.node.host.NetDevice;
import io.sockway.node.host.Pressure;
import io.sockway.node.host.Sample;
import io.sockway.node.host.Softnet;
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
    private static final int NET_DEV_RX_PACKETS = 1;
    private static final int NET_DEV_TX_PACKETS = 9;

    private final Host host;
    private final List<NetDevice> devices;
    private final Sample before;
    private final Sample after;
    private final List<Drop> drops;
    private final MeshState meshBefore;
    private final MeshState mesh;
    private final Counters netBefore;
    private final Counters netAfter;

    /** The drops and the mesh are null where they could not be seen. */
    View(Host host, List<NetDevice> devices, Sample before, Sample after, List<Drop> drops, MeshState meshBefore, MeshState mesh) {
        this.host = host;
        this.devices = devices;
        this.before = before;
        this.after = after;
        this.drops = drops;
        this.meshBefore = meshBefore;
        this.mesh = mesh;
        this.netBefore = netCounters(before);
        this.netAfter = netCounters(after);
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
        return drops == null ? List.of() : drops.stream().filter(drop -> drop.reason().equals(reason)).limit(2)
                .map(drop -> rate(drop.count()) + " dropped in the kernel function " + drop.site() + " with reason " + reason
                        + " (tracepoint skb:kfree_skb)").toList();
    }

    Optional<MeshState> mesh() {
        return Optional.ofNullable(mesh);
    }

    /** What came between in one of the mesh's counters by reason. */
    Map<String, Long> meshSince(Function<MeshState, Map<String, Long>> counters) {
        Map<String, Long> since = new LinkedHashMap<>();
        if (mesh != null) {
            Map<String, Long> earlier = meshBefore == null ? Map.of() : counters.apply(meshBefore);
            counters.apply(mesh).forEach((reason, n) -> since.put(reason, n - earlier.getOrDefault(reason, 0L)));
            since.values().removeIf(n -> n <= 0);
        }
        return since;
    }

    long meshCountSince(ToLongFunction<MeshState> counter) {
        return mesh == null ? 0 : counter.applyAsLong(mesh) - (meshBefore == null ? 0 : counter.applyAsLong(meshBefore));
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
        return netAfter.get(counter) - netBefore.get(counter);
    }

    long since(String file, Function<String, Counters> format, String counter) {
        return parse(after, file, format).get(counter) - parse(before, file, format).get(counter);
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
        return number(after, file) - number(before, file);
    }

    long number(String file) {
        return number(after, file);
    }

    private static long number(Sample sample, String file) {
        try {
            return Long.parseLong(sample.file(file).orElse("0").strip());
        } catch (NumberFormatException e) {
            return 0;
        }
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

    /** Packets that a device received and sent between the samples. */
    record Packets(long received, long sent) {
        long both() {
            return received + sent;
        }
    }

    Packets packets(String device) {
        long[] now = netDev(after, device);
        long[] then = netDev(before, device);
        return new Packets(now[0] - then[0], now[1] - then[1]);
    }

    private static long[] netDev(Sample sample, String device) {
        for (String line : sample.file("proc/net/dev").orElse("").split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equals(device)) {
                String[] words = line.substring(colon + 1).strip().split("\\s+");
                return new long[] {Long.parseLong(words[NET_DEV_RX_PACKETS]), Long.parseLong(words[NET_DEV_TX_PACKETS])};
            }
        }
        return new long[2];
    }

    /** Each CPU's packet input between the samples. */
    List<Softnet> softnetSince() {
        List<Softnet> earlier = Softnet.parse(before.file("proc/net/softnet_stat").orElse(""));
        List<Softnet> since = new ArrayList<>();
        for (Softnet now : softnet()) {
            earlier.stream().filter(then -> then.cpu() == now.cpu()).findFirst().ifPresent(then -> since.add(now.since(then)));
        }
        return since;
    }

    List<Softnet> softnet() {
        return Softnet.parse(after.file("proc/net/softnet_stat").orElse(""));
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
        return micros / 1e6 / seconds();
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
        Map<String, Interrupts> earlier = new LinkedHashMap<>();
        Interrupts.parse(before.file("proc/interrupts").orElse("")).forEach(line -> earlier.put(line.number(), line));
        return Interrupts.parse(after.file("proc/interrupts").orElse("")).stream().filter(line -> earlier.containsKey(line.number()))
                .map(line -> line.since(earlier.get(line.number()))).toList();
    }

    /** The process ids of programs of this name. */
    Stream<String> processes(String name) {
        return host.names("proc").stream().filter(pid -> Character.isDigit(pid.charAt(0)))
                .filter(pid -> host.text("proc/" + pid + "/comm").map(name::equals).orElse(false));
    }
}
