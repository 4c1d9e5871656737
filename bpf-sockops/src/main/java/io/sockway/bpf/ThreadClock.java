package io.sockway.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The CPU time of threads; the JDK's own is behind classes that take megabytes. */
public final class ThreadClock {
    private static final long SECOND = 1_000_000_000;

    private ThreadClock() {
    }

    /** Nanoseconds of CPU time of the calling thread, a platform thread. */
    public static long cpuNanos() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            BpfException.check(Libc.clockGetTime(Libc.CLOCK_THREAD_CPUTIME_ID, time), "read", "CPU clock of the thread");
            return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * SECOND + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
        }
    }
}
