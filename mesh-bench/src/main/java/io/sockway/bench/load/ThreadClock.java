package io.sockway.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How long a thread ran, and waited for a CPU, as the scheduler has it.
 *
 * @param file that says so
 */
record ThreadClock(Path file) {
    /** Of the calling thread. */
    static ThreadClock own() {
        try {
            return new ThreadClock(Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))).resolve("schedstat"));
        } catch (IOException e) {
            return new ThreadClock(Path.of("/dev/null"));
        }
    }

    /**
     * Lets the calling thread's timers fire when they are due: by default the kernel puts each off by up to 50 us, to wake the CPU less
     * often. Without permission nothing changes, and the lags say so.
     */
    static void firePunctually() {
        try {
            Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName();
            Files.writeString(Path.of("/proc").resolve(thread).resolve("timerslack_ns"), "1");
        } catch (IOException e) {
            // as documented
        }
    }

    /**
     * A reading.
     *
     * @param running nanoseconds on a CPU
     * @param waiting nanoseconds ready to run, without a CPU
     */
    record Times(long running, long waiting) {
        Times minus(Times earlier) {
            return new Times(running - earlier.running, waiting - earlier.waiting);
        }
    }

    /** Zero where the kernel does not say. */
    Times read() {
        try {
            String[] fields = Files.readString(file).strip().split(" ");
            return fields.length < 2 ? new Times(0, 0) : new Times(Long.parseLong(fields[0]), Long.parseLong(fields[1]));
        } catch (IOException e) {
            return new Times(0, 0);
        }
    }
}
