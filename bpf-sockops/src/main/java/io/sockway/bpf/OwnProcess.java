package io.sockway.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
     * Gives back memory that holds pages of files as they are on disk, as code that only the start needed. What is needed again comes
     * back by itself, out of the page cache mostly. Takes some milliseconds.
     */
    public static void returnFilePages() {
        List<String> lines;
        try {
            lines = Files.readAllLines(MAPPINGS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String mapping = null;
        for (String line : lines) {
            if (Character.digit(line.charAt(0), 16) >= 0 && line.indexOf('-') > 0) {
                mapping = line;
            } else if (line.startsWith("Anonymous:") && mapping != null && isUnchanged(mapping, line)) {
                long from = Long.parseUnsignedLong(mapping, 0, mapping.indexOf('-'), 16);
                long to = Long.parseUnsignedLong(mapping, mapping.indexOf('-') + 1, mapping.indexOf(' '), 16);
                Libc.advise(from, to - from, MADV_DONTNEED);
            }
        }
    }

    /** Whether a mapping is of a file, cannot be written to, and has no page that was, as by the dynamic loader. */
    private static boolean isUnchanged(String mapping, String anonymous) {
        String permissions = mapping.substring(mapping.indexOf(' ') + 1, mapping.indexOf(' ') + 5);
        return mapping.indexOf('/') > 0 && permissions.charAt(1) == '-' && anonymous.endsWith(" 0 kB");
    }
}
