package io.sockway.node.host;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where CPUs spent their time, from {@code /proc/stat}, in clock ticks. */
public record CpuTimes(long user, long system, long idle, long ioWait, long irq, long softirq, long steal) {
    /** By CPU number; -1 is all of them together. */
    public static Map<Integer, CpuTimes> parse(String stat) {
        Map<Integer, CpuTimes> times = new LinkedHashMap<>();
        stat.lines().filter(line -> line.startsWith("cpu")).forEach(line -> {
            String[] words = line.split("\\s+");
            long[] ticks = new long[8];
            for (int i = 0; i < ticks.length && i + 1 < words.length; i++) {
                ticks[i] = Long.parseLong(words[i + 1]);
            }
            times.put(words[0].length() == 3 ? -1 : Integer.parseInt(words[0].substring(3)),
                    new CpuTimes(ticks[0] + ticks[1], ticks[2], ticks[3], ticks[4], ticks[5], ticks[6], ticks[7]));
        });
        return times;
    }

    /** What has come since an earlier reading. */
    public CpuTimes since(CpuTimes earlier) {
        return new CpuTimes(user - earlier.user, system - earlier.system, idle - earlier.idle, ioWait - earlier.ioWait, irq - earlier.irq,
                softirq - earlier.softirq, steal - earlier.steal);
    }

    /** All ticks. */
    public long total() {
        return user + system + idle + ioWait + irq + softirq + steal;
    }

    /** A part of all ticks, 0 to 1. */
    public double share(long ticks) {
        return total() <= 0 ? 0 : Math.max(0, (double) ticks / total());
    }

    /** The part that was free for work, also while a disk was waited for; 0 to 1. */
    public double free() {
        return share(idle + ioWait);
    }

    /** The part that did something, 0 to 1. */
    public double busy() {
        return share(user + system + irq + softirq + steal);
    }
}
