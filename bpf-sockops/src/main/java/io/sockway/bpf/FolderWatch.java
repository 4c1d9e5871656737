package io.sockway.bpf;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells that something in some folders has changed, as inotify(7) sees it. How many a user may have is bounded
 * ({@code fs.inotify.max_user_instances}). Thread-safe but for {@link #close()}.
 */
public final class FolderWatch implements AutoCloseable {
    private static final int IN_NONBLOCK = 04000;
    /** Of files in the folder: written, made, removed, renamed, touched; and of the folder itself: removed. */
    private static final int EVENTS = 0x8 | 0x100 | 0x200 | 0x40 | 0x80 | 0x4 | 0x400;
    private static final int EVENT_BYTES = 4096;

    private final FileDescriptor fd;

    private FolderWatch(FileDescriptor fd) {
        this.fd = fd;
    }

    /** A new one without folders; empty where there are too many already. */
    public static Optional<FolderWatch> open() {
        int fd = Libc.inotify(IN_NONBLOCK);
        return fd < 0 ? Optional.empty() : Optional.of(new FolderWatch(new FileDescriptor(fd)));
    }

    /** Watches one more folder; false when it cannot be watched. */
    public boolean add(Path folder) {
        return Libc.watch(fd.value(), folder.toString(), EVENTS) >= 0;
    }

    /** Whether anything has changed since the last call. Does not wait. */
    public boolean changed() {
        try (Arena arena = Arena.ofConfined()) {
            var events = arena.allocate(EVENT_BYTES, 8);
            boolean any = false;
            while (Libc.read(fd.value(), events) > 0) {
                any = true;
            }
            return any;
        }
    }

    int fd() {
        return fd.value();
    }

    @Override
    public void close() {
        fd.close();
    }
}
