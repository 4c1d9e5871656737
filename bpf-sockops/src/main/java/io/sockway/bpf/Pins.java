package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
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

    static void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("unpin " + path, e);
        }
    }
}
