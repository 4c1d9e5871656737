package io.sockway.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * One CPU's line of {@code /proc/net/softnet_stat}.
 *
 * @param processed packets that its softirq took in
 * @param dropped packets that found its backlog full
 * @param squeezed times its softirq stopped with work left, out of budget or time
 * @param flowLimited packets of a busy flow that were dropped for the sake of others
 */
public record Softnet(int cpu, long processed, long dropped, long squeezed, long flowLimited) {
    private static final int FLOW_LIMIT = 10;
    private static final int CPU = 12;

    /** All CPUs of the file. */
    public static List<Softnet> parse(String text) {
        List<Softnet> all = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            all.add(new Softnet(words.length > CPU ? (int) hex(words[CPU]) : all.size(), hex(words[0]), hex(words[1]), hex(words[2]),
                    words.length > FLOW_LIMIT ? hex(words[FLOW_LIMIT]) : 0));
        }
        return all;
    }

    /** What has come since an earlier reading; the counters are 32 bits wide and wrap. */
    public Softnet since(Softnet earlier) {
        return new Softnet(cpu, wrap(processed - earlier.processed), wrap(dropped - earlier.dropped), wrap(squeezed - earlier.squeezed),
                wrap(flowLimited - earlier.flowLimited));
    }

    private static long wrap(long difference) {
        return difference & 0xffffffffL;
    }

    private static long hex(String word) {
        try {
            return Long.parseLong(word, 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
