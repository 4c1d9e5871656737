package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The CPU time that the lab's processes, and all others on the machine, have used so far. */
public final class CpuClock {
    private static final Path HOST_TIMES = Path.of("/proc/stat");
    /** Kernel threads work for everyone, and mostly for the lab's own packets while it is under load. */
    private static final long KERNEL_THREADS = 2;

    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;
    private static final int SOFT_IRQ = 6;
    private static final int STEAL = 7;

    private final Map<Long, Long> lab = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Map<Long, Long> others = new HashMap<>();
    private final long[] host;

    /**
     * What was used between two readings.
     *
     * @param seconds CPU time of each of the lab's processes and its children, in seconds, by name
     * @param softIrqSeconds of soft interrupts on all CPUs, as the timer tick samples them, in seconds
     * @param disturbance the share of all CPUs, 0 to 1, that went to processes outside the lab or was stolen by the hypervisor
     */
    public record Usage(Map<String, Double> seconds, double softIrqSeconds, double disturbance) {
    }

    private CpuClock(long[] host) {
        this.host = host;
    }

    /** Reads the clocks of all processes. */
    public static CpuClock read(Lab lab) {
        CpuClock clock = new CpuClock(hostTimes());
        lab.groups().forEach(group -> clock.names.putAll(group.processes()));
        for (long pid : livePids()) {
            ProcessStat.read(pid).ifPresent(stat -> {
                if (clock.names.containsKey(pid)) {
                    clock.lab.put(pid, stat.ticks());
                } else if (stat.parent() != KERNEL_THREADS) {
                    clock.others.put(pid, stat.ticks() + stat.childTicks());
                }
            });
        }
        return clock;
    }

    /** What was used since {@code earlier} by the processes that live now. */
    public Usage since(CpuClock earlier) {
        Map<String, Double> seconds = new TreeMap<>();
        long ours = 0;
        for (Map.Entry<Long, Long> process : lab.entrySet()) {
            long ticks = process.getValue() - earlier.lab.getOrDefault(process.getKey(), 0L);
            ours += ticks;
            seconds.merge(names.get(process.getKey()), (double) ticks / ProcessStat.TICKS_PER_SECOND, Double::sum);
        }
        double softIrq = (double) (host[SOFT_IRQ] - earlier.host[SOFT_IRQ]) / ProcessStat.TICKS_PER_SECOND;
        return new Usage(seconds, softIrq, disturbance(earlier, ours));
    }

    /**
     * Two readings of what others used, of which each can only be too high: the sum over the processes counts children that ended
     * with the whole of their lives, and the machine's busy time holds interrupts that some kernels charge to no process. The lower
     * one is nearer to the truth.
     */
    private double disturbance(CpuClock earlier, long ours) {
        long self = ProcessHandle.current().pid();
        long byProcess = 0;
        for (Map.Entry<Long, Long> process : others.entrySet()) {
            if (process.getKey() != self) {
                byProcess += process.getValue() - earlier.others.getOrDefault(process.getKey(), 0L);
            }
        }
        long ownTicks = others.getOrDefault(self, 0L) - earlier.others.getOrDefault(self, 0L);
        long all = Arrays.stream(host).sum() - Arrays.stream(earlier.host).sum();
        long idle = host[IDLE] + host[IO_WAIT] - earlier.host[IDLE] - earlier.host[IO_WAIT];
        long stolen = host[STEAL] - earlier.host[STEAL];
        long byMachine = all - idle - ours - ownTicks;
        return Math.clamp((double) Math.min(byProcess + stolen, byMachine) / Math.max(all, 1), 0, 1);
    }

    /** user nice system idle iowait irq softirq steal; what follows them is part of user and nice. */
    private static long[] hostTimes() {
        try (Stream<String> lines = Files.lines(HOST_TIMES)) {
            String total = lines.findFirst().orElseThrow();
            return Arrays.stream(total.substring("cpu".length()).strip().split(" ")).limit(STEAL + 1L).mapToLong(Long::parseLong)
                    .toArray();
        } catch (IOException e) {
            throw new LabException("cannot read " + HOST_TIMES, e);
        }
    }

    private static Set<Long> livePids() {
        Set<Long> pids = new HashSet<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            entries.map(path -> path.getFileName().toString())
                    .filter(name -> Character.isDigit(name.charAt(0)))
                    .forEach(name -> pids.add(Long.valueOf(name)));
        } catch (IOException e) {
            throw new LabException("cannot list /proc", e);
        }
        return pids;
    }
}
