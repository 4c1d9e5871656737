package io.sockway.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Kernel tracepoints as perf events, which a BPF link then keeps open. libbpf's own handle would switch the event off when it is
 * given back, pinned or not.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/perf_event_open.2.html">perf_event_open(2)</a>
 */
final class Tracepoint {
    /** Of enum bpf_attach_type, linux/bpf.h. */
    static final int BPF_PERF_EVENT = 41;

    private static final Path TRACEFS = Path.of("/sys/kernel/tracing");
    private static final long SYS_PERF_EVENT_OPEN = Libc.syscallNumber(298, 241);
    private static final long PERF_FLAG_FD_CLOEXEC = 8;
    private static final int PERF_TYPE_TRACEPOINT = 2;
    private static final int ATTR_BYTES = 128;
    private static final int ATTR_SIZE = 4;
    private static final int ATTR_CONFIG = 8;
    private static final int ATTR_SAMPLE_PERIOD = 16;

    private Tracepoint() {
    }

    /** A perf event of the tracepoint for all processes, or minus errno. */
    static int open(String event) {
        if (!Files.isDirectory(TRACEFS.resolve("events")) && Files.isDirectory(TRACEFS)) {
            Libc.mount("tracefs", TRACEFS.toString());
        }
        long id;
        try {
            id = Long.parseLong(Files.readString(TRACEFS.resolve("events").resolve(event).resolve("id")).strip());
        } catch (IOException | NumberFormatException e) {
            return -Errno.ENOENT;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = arena.allocate(ATTR_BYTES, 8);
            attr.set(JAVA_INT, 0, PERF_TYPE_TRACEPOINT);
            attr.set(JAVA_INT, ATTR_SIZE, ATTR_BYTES);
            attr.set(JAVA_LONG, ATTR_CONFIG, id);
            attr.set(JAVA_LONG, ATTR_SAMPLE_PERIOD, 1);
            return (int) Libc.syscall(SYS_PERF_EVENT_OPEN, attr.address(), -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
        }
    }
}
