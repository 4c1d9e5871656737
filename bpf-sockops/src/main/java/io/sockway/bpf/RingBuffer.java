package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import io.sockway.libbpf.ring_buffer_sample_fn;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The reading end of a BPF ring buffer. To be opened, polled and closed by one thread. There should be one reader a buffer:
 * each event reaches one.
 */
public final class RingBuffer implements AutoCloseable {
    private final Arena arena;
    private final MemorySegment handle;
    private RuntimeException failure;

    /**
     * Starts reading.
     *
     * @param map the ring buffer, which stays the caller's and must outlive this
     * @param consumer gets each event; the segment is valid during the call only
     */
    @SuppressWarnings("restricted")
    public RingBuffer(BpfMap map, Consumer<MemorySegment> consumer) {
        this.arena = Arena.ofConfined();
        MemorySegment callback = ring_buffer_sample_fn.allocate((context, data, size) -> {
            try {
                consumer.accept(data.reinterpret(size));
                return 0;
            } catch (RuntimeException e) {
                failure = e;
                return -Errno.EINVAL;
            }
        }, arena);
        this.handle = LibBpf.ring_buffer__new(map.fd(), callback, MemorySegment.NULL, MemorySegment.NULL);
        if (MemorySegment.NULL.equals(handle)) {
            arena.close();
            throw new BpfException("open ring buffer", map.name(), Errno.EINVAL);
        }
    }

    /** Waits for events up to the timeout, hands them to the consumer and returns how many there were. */
    public int poll(Duration timeout) {
        int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(0, timeout.toMillis()));
        int result = LibBpf.ring_buffer__poll(handle, millis);
        if (failure != null) {
            RuntimeException e = failure;
            failure = null;
            throw e;
        }
        return result == -Errno.EINTR ? 0 : BpfException.check(result, "poll", "ring buffer");
    }

    @Override
    public void close() {
        LibBpf.ring_buffer__free(handle);
        arena.close();
    }
}
