package io.sockway.node.host;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

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
    private static final Pattern LINE = Pattern.compile("\\s*[0-9a-f]{1,8}(\\s+[0-9a-f]{1,8}){2,}\\s*");

    /**
     * All CPUs of the file. Kernels before 2.6.35 have 9 columns, before 3.11 10, before 5.10 11, and then 13 or more.
     *
     * @param online the CPUs that lines without a CPU's number stand for, in order
     */
    public static List<Softnet> parse(String text, List<Integer> online) {
        List<Softnet> all = new ArrayList<>();
        int row = 0;
        for (String line : text.lines().toList()) {
            if (!LINE.matcher(line).matches()) {
                continue;
            }
            String[] words = line.strip().split("\\s+");
            int cpu = words.length > CPU ? (int) hex(words[CPU]) : row < online.size() ? online.get(row) : row;
            all.add(new Softnet(cpu, hex(words[0]), hex(words[1]), hex(words[2]), words.length > FLOW_LIMIT ? hex(words[FLOW_LIMIT]) : 0));
            row++;
        }
        return all;
    }

    /** What has come since an earlier reading; the counters are 32 bits wide and wrap. One that is far back has begun again. */
    public Softnet since(Softnet earlier) {
        return new Softnet(cpu, wrap(processed - earlier.processed), wrap(dropped - earlier.dropped), wrap(squeezed - earlier.squeezed),
                wrap(flowLimited - earlier.flowLimited));
    }

    private static long wrap(long difference) {
        long forward = difference & 0xffffffffL;
        return forward > Integer.MAX_VALUE ? 0 : forward;
    }

    private static long hex(String word) {
        return Long.parseLong(word, 16);
    }
}
