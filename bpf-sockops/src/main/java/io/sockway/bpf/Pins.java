package io.sockway.bpf;

import static io.sockway.bpf.NativeCall.string;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pinning: a name in bpffs that keeps an object alive without any process. */
final class Pins {
    private static final int BPF_F_RDONLY = 8;

    private Pins() {
    }

    static void pin(int fd, Path path, String what) {
        try (Arena arena = Arena.ofConfined()) {
            BpfException.check(LibBpfCalls.PIN.applyInt(fd, string(arena, path.toString())), "pin " + what + " at", path.toString());
        }
    }

    static int open(Path path, String what) {
        try (Arena arena = Arena.ofConfined()) {
            return BpfException.check(LibBpfCalls.GET.applyInt(string(arena, path.toString())), "open pinned " + what, path.toString());
        }
    }

    /** Opens a map for reading and writing, or only for reading where the pin's mode allows no more. */
    static int openMap(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            long name = string(arena, path.toString());
            int result = LibBpfCalls.GET.applyInt(name);
            if (result == -Errno.EACCES) {
                result = getReadOnly(name, arena);
            }
            return BpfException.check(result, "open pinned map", path.toString());
        }
    }

    private static int getReadOnly(long name, Arena arena) {
        // struct bpf_obj_get_opts: size_t sz; __u32 file_flags; int path_fd
        MemorySegment options = arena.allocate(16, 8);
        options.set(ValueLayout.JAVA_LONG, 0, options.byteSize());
        options.set(ValueLayout.JAVA_INT, 8, BPF_F_RDONLY);
        return LibBpfCalls.GET_OPTS.applyInt(name, options.address());
    }

    static void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("unpin " + path, e);
        }
    }
}
