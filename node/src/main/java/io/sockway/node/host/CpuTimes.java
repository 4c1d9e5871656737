package io.sockway.node.host;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Where CPUs spent their time, from {@code /proc/stat}, in clock ticks. */
public record CpuTimes(long user, long system, long idle, long ioWait, long irq, long softirq, long steal) {
    private static final Pattern CPU = Pattern.compile("^cpu\\d{0,6}\\s");

    /** By CPU number; -1 is all of them together. */
    public static Map<Integer, CpuTimes> parse(String stat) {
        Map<Integer, CpuTimes> times = new LinkedHashMap<>();
        stat.lines().filter(line -> CPU.matcher(line).find()).forEach(line -> {
            String[] words = line.split("\\s+");
            long[] ticks = new long[8];
            for (int i = 0; i < ticks.length && i + 1 < words.length; i++) {
                ticks[i] = Numbers.decimal(words[i + 1]);
            }
            times.put(words[0].length() == 3 ? -1 : Integer.parseInt(words[0].substring(3)),
                    new CpuTimes(ticks[0] + ticks[1], ticks[2], ticks[3], ticks[4], ticks[5], ticks[6], ticks[7]));
        });
        return times;
    }

    /** What has come since an earlier reading. Idle and waiting time may go back a little, and all of it when a CPU comes back. */
    public CpuTimes since(CpuTimes earlier) {
        return new CpuTimes(grown(user, earlier.user), grown(system, earlier.system), grown(idle, earlier.idle),
                grown(ioWait, earlier.ioWait), grown(irq, earlier.irq), grown(softirq, earlier.softirq), grown(steal, earlier.steal));
    }

    private static long grown(long now, long earlier) {
        return Math.max(0, now - earlier);
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
