package io.sockway.node.host;

/**
 * Pressure stall information of one resource: the part of time that some, or all, runnable tasks waited for it.
 *
 * @param someMicros waiting time since boot
 * @param fullMicros waiting time since boot
 * @see <a href="https://docs.kernel.org/accounting/psi.html">the kernel's documentation</a>
 */
public record Pressure(long someMicros, long fullMicros) {
    /** Reads a file of {@code /proc/pressure}. */
    public static Pressure parse(String text) {
        long[] total = new long[2];
        for (String line : text.lines().toList()) {
            int row = line.startsWith("some") ? 0 : 1;
            for (String word : line.split(" ")) {
                if (word.startsWith("total=")) {
                    total[row] = Numbers.decimal(word.substring(6));
                }
            }
        }
        return new Pressure(total[0], total[1]);
    }
}
