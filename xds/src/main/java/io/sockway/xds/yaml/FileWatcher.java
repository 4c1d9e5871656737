package io.sockway.xds.yaml;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Tells when files of one folder have changed, until it is closed.
 *
 * <p>It waits until the files have not changed for a moment, so that several that are written one after the other are told of together,
 * but not for ever; whatever else happens in the folder does not matter.
 * The kernel tells of changes; every few seconds it also looks by itself, for file systems on which the kernel does not. It follows the
 * links that Kubernetes swaps when a ConfigMap changes. Owns one daemon thread, on which {@code changed} is called.
 */
public final class FileWatcher implements AutoCloseable {
    private static final Duration QUIET = Duration.ofMillis(150);
    private static final Duration LOOK = Duration.ofSeconds(3);
    /** Files that never come to rest are told of after this. */
    private static final Duration MOST = Duration.ofSeconds(10);
    /** Where other files of the folder are written all the time, a look at the files is no more frequent than this. */
    private static final Duration REST = Duration.ofMillis(30);

    /** Which files of a folder are watched. */
    @FunctionalInterface
    public interface Selection {
        /** Those that are there now. */
        List<Path> files() throws IOException;
    }

    /** A file as it looks from outside. */
    private record Stamp(FileTime modified, long bytes, Object identity) {
    }

    private final Path folder;
    private final Selection selection;
    private Map<Path, Stamp> seen;
    private Thread thread;
    private volatile boolean closed;

    /** Looks at the files now: what changes from here on will be told, so this comes before the files are read. */
    public FileWatcher(Path folder, Selection selection) {
        this.folder = folder;
        this.selection = selection;
        this.seen = look();
    }

    /** Starts to tell, once. */
    public void start(Runnable changed) {
        thread = Thread.ofPlatform().name("sockway-xds-files").daemon().start(() -> run(changed));
    }

    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run(Runnable changed) {
        Optional<WatchService> service = service();
        try {
            Optional<WatchKey> key = service.flatMap(this::register);
            WatchKey signalled = null;
            while (!closed) {
                // A folder that was replaced by another of its name has to be watched anew.
                if (key.isEmpty() || !key.get().isValid()) {
                    key = service.flatMap(this::register);
                }
                Map<Path, Stamp> now = look();
                if (!now.equals(seen)) {
                    seen = settled(now);
                    changed.run();
                } else if (signalled != null) {
                    Thread.sleep(REST);
                }
                signalled = next(service);
                if (signalled != null) {
                    signalled.pollEvents();
                    signalled.reset();
                }
            }
        } catch (InterruptedException e) {
            // closed
        } finally {
            service.ifPresent(FileWatcher::end);
        }
    }

    /** None where the kernel has no more of them to give, as on nodes with many pods. */
    private static Optional<WatchService> service() {
        try {
            return Optional.of(FileSystems.getDefault().newWatchService());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void end(WatchService service) {
        try {
            service.close();
        } catch (IOException e) {
            // nothing is told of any more in any case
        }
    }

    private static WatchKey next(Optional<WatchService> service) throws InterruptedException {
        if (service.isEmpty()) {
            Thread.sleep(LOOK);
            return null;
        }
        return service.get().poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How the files look when they have come to rest. */
    private Map<Path, Stamp> settled(Map<Path, Stamp> first) throws InterruptedException {
        long began = System.nanoTime();
        Map<Path, Stamp> before;
        Map<Path, Stamp> now = first;
        do {
            Thread.sleep(QUIET);
            before = now;
            now = look();
        } while (!now.equals(before) && System.nanoTime() - began < MOST.toNanos());
        return now;
    }

    private Optional<WatchKey> register(WatchService service) {
        try {
            return Optional.of(folder.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Map<Path, Stamp> look() {
        Map<Path, Stamp> stamps = new TreeMap<>();
        try {
            for (Path file : selection.files()) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamps.put(file, new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey()));
            }
        } catch (IOException e) {
            // The folder or a file is being replaced; the next look finds what came of it.
        }
        return stamps;
    }
}
