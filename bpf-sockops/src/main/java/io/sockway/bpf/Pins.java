package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pinning: a name in bpffs that keeps an object alive without any process. */
final class Pins {
    private Pins() {
    }

    static void pin(int fd, Path path, String what) {
        try (Arena arena = Arena.ofConfined()) {
            BpfException.check(LibBpf.bpf_obj_pin(fd, arena.allocateFrom(path.toString())), "pin " + what + " at", path.toString());
        }
    }

    static int open(Path path, String what) {
        try (Arena arena = Arena.ofConfined()) {
            return BpfException.check(LibBpf.bpf_obj_get(arena.allocateFrom(path.toString())), "open pinned " + what, path.toString());
        }
    }

    /** Opens a map for reading and writing, or only for reading where the pin's mode allows no more. */
    static int openMap(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            int result = LibBpf.bpf_obj_get(name);
            if (result == -Errno.EACCES) {
                result = ReadOnly.get(name, arena);
            }
            return BpfException.check(result, "open pinned map", path.toString());
        }
    }

    /** bpf_obj_get_opts, which the generated binding does not have. */
    private static final class ReadOnly {
        private static final int BPF_F_RDONLY = 8;
        private static final MethodHandle HANDLE = handle();

        static int get(MemorySegment path, Arena arena) {
            // struct bpf_obj_get_opts: size_t sz; __u32 file_flags; int path_fd
            MemorySegment options = arena.allocate(16, 8);
            options.set(ValueLayout.JAVA_LONG, 0, options.byteSize());
            options.set(ValueLayout.JAVA_INT, 8, BPF_F_RDONLY);
            try {
                return (int) HANDLE.invokeExact(path, options);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle() {
            MemorySegment symbol = SymbolLookup.libraryLookup("libbpf.so.1", Arena.global()).findOrThrow("bpf_obj_get_opts");
            return Linker.nativeLinker().downcallHandle(symbol,
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        }
    }

    static void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("unpin " + path, e);
        }
    }
}
