package io.sockway.bpf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The file system that pins live in. */
public final class Bpffs {
    /** Where it is mounted by convention. */
    public static final Path MOUNT_POINT = Path.of("/sys/fs/bpf");

    private static final long MAGIC = 0xcafe4a11L;

    private Bpffs() {
    }

    /** Whether the path, or its nearest parent that exists, is in a bpffs. */
    public static boolean contains(Path path) {
        Path at = path.toAbsolutePath().normalize();
        while (at != null && !Files.exists(at)) {
            at = at.getParent();
        }
        return at != null && Libc.fileSystemMagic(at.toString()) == MAGIC;
    }

    /**
     * Makes sure that the path is in a bpffs, and mounts one at the conventional place when the path is below it.
     *
     * @throws BpfException when it is not and can't be made so
     */
    public static void require(Path path) {
        if (contains(path)) {
            return;
        }
        if (!path.toAbsolutePath().normalize().startsWith(MOUNT_POINT)) {
            throw new BpfException("pin under", path + ", which is not in a bpffs", Errno.EINVAL);
        }
        BpfException.check(Libc.mount("bpf", MOUNT_POINT.toString()), "mount bpffs at", MOUNT_POINT.toString());
    }

    /** Waits for a lock on a directory that all holders of its pins agree on. */
    public static Lock lock(Path directory) {
        return tryLock(directory, Libc.LOCK_EX).orElseThrow();
    }

    /** The same without waiting; empty when somebody else holds it. */
    public static Optional<Lock> tryLock(Path directory) {
        return tryLock(directory, Libc.LOCK_EX | Libc.LOCK_NB);
    }

    private static Optional<Lock> tryLock(Path directory, int operation) {
        FileDescriptor fd = new FileDescriptor(BpfException.check(
                Libc.open(directory.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY), "open", directory.toString()));
        int result = Libc.flock(fd.value(), operation);
        if (result == 0) {
            return Optional.of(fd::close);
        }
        fd.close();
        if (result == -Errno.EAGAIN) {
            return Optional.empty();
        }
        throw new BpfException("lock", directory.toString(), -result);
    }

    /** A held lock; closing it, or the end of the process, releases it. */
    @FunctionalInterface
    public interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    /** Removes one pin; nothing happens when it is not there. */
    public static void unpin(Path pin) {
        Pins.unpin(pin);
    }
}
