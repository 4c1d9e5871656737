package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import io.sockway.libbpf.libbpf_print_fn_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Keeps what libbpf would print to stderr, so that it can be part of an error. libbpf hands over each line that it could print, a thousand
 * for a load, so it is listened to only when something has failed, and is done once more.
 */
final class LibBpfLog {
    private static final int TEXT_BYTES = 1 << 20;

    private LibBpfLog() {
    }

    /**
     * Does something in silence, and, where it fails, a second time, listening.
     *
     * @param attempt returns minus errno when it fails
     * @return what the first or the second attempt returned
     * @throws BpfException with what libbpf warned of, in order
     */
    static synchronized long untilItFails(String operation, String object, LongSupplier attempt) {
        long before = LibBpfCalls.SET_PRINT.apply(0);
        try (Arena arena = Arena.ofConfined()) {
            long result = attempt.getAsLong();
            if (result >= 0) {
                return result;
            }
            Listener listener = new Listener(arena.allocate(TEXT_BYTES));
            LibBpfCalls.SET_PRINT.apply(libbpf_print_fn_t.allocate(listener::print, arena).address());
            result = attempt.getAsLong();
            if (result < 0) {
                throw new BpfException(operation, object, (int) -result, listener.text.toString());
            }
            return result;
        } finally {
            LibBpfCalls.SET_PRINT.apply(before);
        }
    }

    private static final class Listener {
        private static final NativeCall VSNPRINTF = NativeCall.libc("vsnprintf", NativeCall.Returns.INT);

        private final StringBuilder text = new StringBuilder();
        private final MemorySegment buffer;

        private Listener(MemorySegment buffer) {
            this.buffer = buffer;
        }

        private int print(int level, MemorySegment format, MemorySegment args) {
            if (level > LibBpf.LIBBPF_WARN()) {
                return 0;
            }
            try {
                VSNPRINTF.apply(buffer.address(), TEXT_BYTES, format.address(), args.address());
                text.append(buffer.getString(0));
            } catch (RuntimeException | Error e) {
                // An exception must not reach C; the log is then short of a line.
                text.append(e).append('\n');
            }
            return 0;
        }
    }
}
