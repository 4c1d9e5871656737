package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import io.sockway.libbpf.libbpf_print_fn_t;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Keeps what libbpf would print to stderr, so that it can be part of an error. One writer at a time: {@link #capture}. */
final class LibBpfLog {
    private static final int TEXT_BYTES = 1 << 20;
    private static final StringBuilder TEXT = new StringBuilder();
    private static MemorySegment buffer;
    private static final MethodHandle VSNPRINTF = vsnprintf();

    private LibBpfLog() {
    }

    /** Runs a load and returns what libbpf warned of meanwhile, in order. */
    static synchronized String capture(Runnable load) {
        TEXT.setLength(0);
        try (Arena arena = Arena.ofConfined()) {
            buffer = arena.allocate(TEXT_BYTES);
            MemorySegment before = LibBpf.libbpf_set_print(libbpf_print_fn_t.allocate(LibBpfLog::print, arena));
            try {
                load.run();
            } finally {
                LibBpf.libbpf_set_print(before);
            }
        }
        return TEXT.toString();
    }

    private static int print(int level, MemorySegment format, MemorySegment args) {
        if (level > LibBpf.LIBBPF_WARN()) {
            return 0;
        }
        try {
            int _ = (int) VSNPRINTF.invokeExact(buffer, (long) TEXT_BYTES, format, args);
            TEXT.append(buffer.getString(0));
        } catch (Throwable e) {
            // An exception must not reach C; the log is then short of a line.
            TEXT.append(e).append('\n');
        }
        return 0;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle vsnprintf() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("vsnprintf"), FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    }
}
