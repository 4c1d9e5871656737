package io.sockway.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * An attachment, by file descriptor. Closing the last descriptor of an unpinned link detaches it. Thread-safe but for
 * {@link #close()}.
 */
public final class BpfLink implements AutoCloseable {
    /** {@code struct bpf_link_info}: long enough for a link of a cgroup, whose id follows the ids of link and program. */
    private static final int INFO_BYTES = 32;
    private static final int INFO_CGROUP = 16;

    private final FileDescriptor fd;
    private final String name;

    private BpfLink(FileDescriptor fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    static BpfLink own(int fd, String name) {
        return new BpfLink(new FileDescriptor(fd), name);
    }

    /** Opens a pinned link. */
    public static BpfLink openPinned(Path path) {
        return own(Pins.open(path, "link"), path.getFileName().toString());
    }

    /** Pins the link, which then outlives this process. */
    public void pin(Path path) {
        Pins.pin(fd.value(), path, "link");
    }

    /** Id of the cgroup that this attaches to; 0 once that was removed. */
    public long cgroup() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, 8);
            BpfException.check(LibBpfCalls.INFO.applyInt(fd.value(), info.address(), NativeCall.pointerTo(arena, INFO_BYTES)),
                    "ask about link", name);
            return info.get(ValueLayout.JAVA_LONG, INFO_CGROUP);
        }
    }

    /** Detaches the program at once, whoever else still holds the link. */
    public void detach() {
        BpfException.check(LibBpfCalls.LINK_DETACH.applyInt(fd.value()), "detach", name);
    }

    /**
     * Runs one pass of an iterator in the calling thread, and so in its network namespace.
     *
     * @param output takes what the program writes
     * @return bytes written, at most the size of {@code output}
     */
    public long readIterator(MemorySegment output) {
        try (FileDescriptor iterator = new FileDescriptor(
                BpfException.check(LibBpfCalls.ITER_CREATE.applyInt(fd.value()), "start iterator", name))) {
            long total = 0;
            while (total < output.byteSize()) {
                long n = Libc.read(iterator.value(), output.asSlice(total));
                if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
                    continue;
                }
                if (n < 0) {
                    throw new BpfException("read iterator", name, (int) -n);
                }
                if (n == 0) {
                    break;
                }
                total += n;
            }
            return total;
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
