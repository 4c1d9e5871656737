package io.sockway.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The reading end of a BPF ring buffer whose events say no more than that they are there. To be opened, asked and closed by one thread.
 * There should be one reader a buffer: it takes all events.
 *
 * @see <a href="https://docs.kernel.org/bpf/ringbuf.html">the kernel's documentation</a>: a page with the reader's position, one with
 *     the writers'
 */
public final class RingBuffer implements AutoCloseable {
    /** struct pollfd, poll(2). */
    private static final int POLLFD = 8;
    private static final int POLLFD_EVENTS = 4;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment read;
    private final MemorySegment written;
    private final MemorySegment polled;
    private final int count;

    /**
     * Starts reading.
     *
     * @param map the ring buffer, which stays the caller's and must outlive this
     * @param alarm ends waits; the caller's as well
     * @param folders end waits when they have changed, and until somebody has asked them; the caller's as well
     */
    public RingBuffer(BpfMap map, Alarm alarm, Optional<FolderWatch> folders) {
        try {
            long page = Libc.pageSize();
            read = Libc.map(map.fd(), 0, page, true, arena, map.name());
            written = Libc.map(map.fd(), page, page, false, arena, map.name());
            int[] waitedFor = IntStream.concat(IntStream.of(map.fd(), alarm.fd()), folders.stream().mapToInt(FolderWatch::fd)).toArray();
            count = waitedFor.length;
            polled = arena.allocate((long) count * POLLFD, 8);
            for (int i = 0; i < count; i++) {
                polled.set(JAVA_INT, (long) i * POLLFD, waitedFor[i]);
                polled.set(JAVA_SHORT, (long) i * POLLFD + POLLFD_EVENTS, (short) Libc.POLLIN);
            }
        } catch (BpfException e) {
            arena.close();
            throw e;
        }
    }

    /** Waits for events up to the timeout, unless something else ends the wait; returns whether there were any, which are gone then. */
    public boolean await(Duration timeout) {
        int result = Libc.poll(polled, count, Math.clamp(timeout.toMillis(), 0, Integer.MAX_VALUE));
        if (result != -Errno.EINTR) {
            BpfException.check(result, "poll", "ring buffer");
        }
        long end = written.get(JAVA_LONG, 0);
        boolean any = read.get(JAVA_LONG, 0) != end;
        if (any) {
            read.set(JAVA_LONG, 0, end);
        }
        return any;
    }

    @Override
    public void close() {
        arena.close();
    }
}
