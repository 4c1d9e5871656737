package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process's times as /proc/PID/stat gives them, see proc_pid_stat(5).
 *
 * @param parent pid of the parent
 * @param ticks CPU time of the process so far, user and system, in 1/{@value #TICKS_PER_SECOND} s
 * @param childTicks CPU time of its children that have ended and were waited for
 */
record ProcessStat(long parent, long ticks, long childTicks) {
    /** USER_HZ: the unit in which Linux reports times, 100 on all architectures that matter here. */
    static final int TICKS_PER_SECOND = 100;

    private static final int PARENT = 1;
    private static final int USER = 11;
    private static final int SYSTEM = 12;
    private static final int CHILD_USER = 13;
    private static final int CHILD_SYSTEM = 14;

    /** Empty when the process has ended. */
    static Optional<ProcessStat> read(long pid) {
        try {
            return Optional.of(parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat"))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The command's name, the second field, is in parentheses and may hold blanks and parentheses itself. */
    static ProcessStat parse(String line) {
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return new ProcessStat(Long.parseLong(fields[PARENT]),
                Long.parseLong(fields[USER]) + Long.parseLong(fields[SYSTEM]),
                Long.parseLong(fields[CHILD_USER]) + Long.parseLong(fields[CHILD_SYSTEM]));
    }
}
