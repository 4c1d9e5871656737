package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A lab's folder under /run. It is the first thing of a lab to appear and the last to go, and its owner holds a lock in it that the
 * kernel drops when the owner dies: a folder without a locked lock is what a killed lab left behind.
 */
final class LabDirectory implements Resource {
    static final String PREFIX = "sockway-lab-";

    private static final Path BASE = Path.of("/run/sockway-lab");
    private static final AtomicInteger SEQUENCE = new AtomicInteger();

    private final Path path;
    private final FileChannel lock;

    private LabDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    static LabDirectory create() {
        return exclusively(() -> {
            Path path = Files.createDirectory(unusedPath());
            FileChannel channel = openLock(path);
            channel.lock();
            return new LabDirectory(path, channel);
        });
    }

    /** The names of the labs whose process is gone. */
    static List<String> abandoned() {
        return exclusively(() -> {
            List<String> names = new ArrayList<>();
            try (Stream<Path> folders = Files.list(BASE)) {
                for (Path folder : folders.filter(Files::isDirectory).toList()) {
                    String name = folder.getFileName().toString();
                    // Looking at a lock of one's own would release it: POSIX locks go with the first descriptor that closes.
                    if (name.startsWith(PREFIX) && !name.startsWith(ownPrefix()) && unlocked(folder)) {
                        names.add(name);
                    }
                }
            }
            return names;
        });
    }

    static void remove(String name) {
        FileTree.delete(BASE.resolve(name));
    }

    Path path() {
        return path;
    }

    String name() {
        return path.getFileName().toString();
    }

    @Override
    public void close() {
        FileTree.delete(path);
        try {
            lock.close();
        } catch (IOException e) {
            throw new LabException("cannot close the lock of " + path, e);
        }
    }

    private static String ownPrefix() {
        return PREFIX + ProcessHandle.current().pid() + "-";
    }

    /** A killed process may have had the pid that is ours now. */
    private static Path unusedPath() {
        Path path;
        do {
            path = BASE.resolve(ownPrefix() + SEQUENCE.incrementAndGet());
        } while (Files.exists(path));
        return path;
    }

    private static boolean unlocked(Path folder) throws IOException {
        try (FileChannel channel = openLock(folder); FileLock held = channel.tryLock()) {
            return held != null;
        }
    }

    private static FileChannel openLock(Path folder) throws IOException {
        return FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    /** Keeps other processes from taking a folder for abandoned between its making and its locking. */
    private static synchronized <T> T exclusively(Work<T> work) {
        try {
            Files.createDirectories(BASE);
            try (FileChannel channel = openLock(BASE); FileLock held = channel.lock()) {
                assert held.isValid();
                return work.run();
            }
        } catch (AccessDeniedException e) {
            throw new UnmetRequirementException("no permission to write " + BASE, "run it as root");
        } catch (IOException e) {
            throw new LabException("cannot use " + BASE, e);
        }
    }
}
