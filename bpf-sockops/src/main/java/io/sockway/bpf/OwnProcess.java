package io.sockway.bpf;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the kernel lets others do with this process, and what it keeps for it. */
public final class OwnProcess {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final int MADV_DONTNEED = 4;

    private OwnProcess() {
    }

    /**
     * Keeps other processes of the same user out: they can no longer reach this one's descriptors, memory and mounts ({@code /proc/PID/fd},
     * {@code mem}, {@code root}), which hold its pins. Root is not kept out.
     */
    public static void closeToItsUser() {
        BpfException.check(Libc.prctl(Libc.PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
    }

    /**
     * Gives back what this process does not need at the moment: collects garbage, trims the C library's heap, and lets go of pages of
     * files as they are on disk, as code that only the start needed. What is needed again comes back by itself, out of the page cache
     * mostly. Takes some ten milliseconds.
     */
    public static void returnMemory() {
        returnMemory(MAPPINGS);
    }

    static void returnMemory(Path mappings) {
        List<long[]> ranges = unchangedFiles(mappings);
        // After what makes garbage, so that the next collection is far away, and before its code is let go of.
        System.gc();
        Libc.trimHeap();
        ranges.forEach(range -> Libc.advise(range[0], range[1] - range[0], MADV_DONTNEED));
    }

    /** Empty on kernels that do not tell (CONFIG_PROC_PAGE_MONITOR). */
    private static List<long[]> unchangedFiles(Path mappings) {
        List<long[]> ranges = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(mappings)) {
            String mapping = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (Character.digit(line.charAt(0), 16) >= 0 && line.indexOf('-') > 0) {
                    mapping = line;
                } else if (line.startsWith("Anonymous:") && isUnchanged(mapping, line)) {
                    ranges.add(new long[] {Long.parseUnsignedLong(mapping, 0, mapping.indexOf('-'), 16),
                        Long.parseUnsignedLong(mapping, mapping.indexOf('-') + 1, mapping.indexOf(' '), 16)});
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return ranges;
    }

    /** Whether a mapping is of a file, cannot be written to, and has no page that was, as by the dynamic loader. */
    private static boolean isUnchanged(String mapping, String anonymous) {
        String permissions = mapping.substring(mapping.indexOf(' ') + 1, mapping.indexOf(' ') + 5);
        return mapping.indexOf('/') > 0 && permissions.charAt(1) == '-' && anonymous.endsWith(" 0 kB");
    }
}
