package io.sockway.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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

    /** The same, up to a time; empty when somebody else holds it for as long. */
    public static Optional<Lock> lock(Path directory, Duration atMost) {
        Optional<Lock> free = tryLock(directory);
        if (free.isPresent()) {
            return free;
        }
        // In the queue of the kernel: who only asks now and then may find it held by somebody who takes it again and again.
        CompletableFuture<Lock> held = new CompletableFuture<>();
        Thread.ofPlatform().name("sockway-lock").daemon().start(() -> {
            try {
                Lock lock = lock(directory);
                if (!held.complete(lock)) {
                    lock.close();
                }
            } catch (RuntimeException e) {
                held.completeExceptionally(e);
            }
        });
        try {
            return Optional.of(held.get(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return held.cancel(false) ? Optional.empty() : Optional.of(held.join());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + directory, e);
        }
    }

    /** Id of the process that holds the lock on a directory; empty when nobody does, or it is not to be seen from here. */
    public static Optional<Long> holder(Path directory) {
        try {
            long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
            String file = " %02x:%02x:%d ".formatted(device >> 8 & 0xfff, device & 0xff | device >> 12 & ~0xff,
                    ((Number) Files.getAttribute(directory, "unix:ino")).longValue());
            return Files.readAllLines(Path.of("/proc/locks")).stream().filter(line -> line.contains(file) && line.contains("FLOCK"))
                    .filter(line -> !line.contains("->")).map(line -> Long.valueOf(line.split("\\s+")[4])).filter(pid -> pid > 0)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A lock that is free at once; empty when somebody else holds it. */
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
