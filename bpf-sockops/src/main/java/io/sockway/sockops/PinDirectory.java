package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.Bpffs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where everything is pinned:
 * <pre>
 * DIR/maps/NAME     each map; maps/control is pinned last, so a directory that has it is complete
 * DIR/programs/pair the program that further cgroups are linked to
 * DIR/passes        the iterator: reading it runs a pass
 * DIR/watches/NAME  a watch for those who must not get redirected bytes
 * DIR/links/ID      the attachment of the cgroup with this inode number
 * </pre>
 */
record PinDirectory(Path dir) {
    /** The name of the watch that costs all who read by TCP, for each load that has it. */
    static final String READ_WATCH = "tcp_rcv_space_adjust";

    private static final String CONTROL = "control";
    private static final Set<String> OWN = Set.of("maps", "programs", "links", "watches", "passes");
    /** Maps that no process looks into. */
    private static final Set<String> PRIVATE = Set.of("ends", "halves", "members", "queued", "unsuited", "processes", "report");
    /** What a sidecar writes: settings and the clock of passes, and, without any effect, how far it has read and that it has waited. */
    private static final Set<String> WRITTEN = Set.of("control", "ports", "wakes", "barrier");

    PinDirectory {
        dir = dir.toAbsolutePath().normalize();
    }

    Path maps() {
        return dir.resolve("maps");
    }

    Path map(String name) {
        return maps().resolve(name);
    }

    Path pairProgram() {
        return dir.resolve("programs").resolve("pair");
    }

    Path passes() {
        return dir.resolve("passes");
    }

    Path watch(String name) {
        return dir.resolve("watches").resolve(name);
    }

    /** Whether a folder beside this one holds a watch on reads, or may hold one. */
    boolean hasReadWatchBeside() {
        try (Stream<Path> all = Files.list(dir.getParent())) {
            return all.filter(each -> !each.equals(dir)).anyMatch(each -> Files.exists(new PinDirectory(each).watch(READ_WATCH)));
        } catch (IOException e) {
            return true;
        }
    }

    Path link(long cgroup) {
        return dir.resolve("links").resolve(Long.toString(cgroup));
    }

    /** Inode numbers of the cgroups that have a link. */
    Set<Long> linked() {
        if (!Files.isDirectory(dir.resolve("links"))) {
            return Set.of();
        }
        try (Stream<Path> links = Files.list(dir.resolve("links"))) {
            return links.map(link -> Long.valueOf(link.getFileName().toString())).collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException("list links under " + dir, e);
        }
    }

    boolean isComplete() {
        try {
            Files.readAttributes(map(CONTROL), BasicFileAttributes.class);
            return true;
        } catch (AccessDeniedException e) {
            throw new AcceleratorException("no permission to look into " + dir
                    + ": run as root, or as the group that the pins were handed to", e);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether this is a folder in a bpffs with nothing in it but what {@link #create} and a load make. */
    boolean isOurs() {
        if (!Files.isDirectory(maps()) || !Bpffs.contains(dir)) {
            return false;
        }
        try (Stream<Path> all = Files.list(dir)) {
            return all.allMatch(each -> OWN.contains(each.getFileName().toString()));
        } catch (IOException e) {
            return false;
        }
    }

    /** Lets those who watch the folder of maps know that something is to be seen. */
    void touch() {
        try {
            Files.setLastModifiedTime(map(CONTROL), FileTime.from(Instant.now()));
        } catch (IOException e) {
            // gone, or not ours to touch: they look by themselves later
        }
    }

    /** Tells this set of pins from another one that may replace it under the same names; 0 when there is none. */
    long identity() {
        try {
            return ((Number) Files.getAttribute(map(CONTROL), "unix:ino")).longValue();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Makes the folders, and mounts bpffs where that is needed and allowed. */
    void create() {
        try {
            Bpffs.require(dir);
        } catch (BpfException e) {
            throw new AcceleratorException("no bpffs for " + dir + " (" + e.getMessage() + "): mount one with 'mount -t bpf bpf "
                    + Bpffs.MOUNT_POINT + "', or name a folder in one with --pin-dir", e);
        }
        try {
            for (Path folder : List.of(dir, maps(), dir.resolve("programs"), dir.resolve("links"),
                    dir.resolve("watches"))) {
                if (!Files.isDirectory(folder)) {
                    Files.createDirectories(folder);
                }
            }
        } catch (IOException e) {
            throw new AcceleratorException("cannot make " + dir + ": " + e.getMessage() + "; run as root, or choose another --pin-dir", e);
        }
    }

    /**
     * Lets a group serve these pins: run passes, read what the programs keep, and set what they are to do. Programs, links and watches
     * stay with their owner, and so do maps that only the programs use.
     *
     * @throws AcceleratorException when this process may not: it has to own the pins and to be in the group, or to have CAP_CHOWN
     */
    void grant(int group) {
        try (Stream<Path> served = Files.list(maps())) {
            for (Path folder : List.of(dir, maps(), dir.resolve("links"))) {
                grant(folder, group, "rwxr-x---");
            }
            for (Path map : served.filter(each -> !PRIVATE.contains(each.getFileName().toString())).toList()) {
                grant(map, group, WRITTEN.contains(map.getFileName().toString()) ? "rw-rw----" : "rw-r-----");
            }
            grant(passes(), group, "rw-rw----");
        } catch (IOException e) {
            throw new AcceleratorException("cannot hand the pins in " + dir + " to group " + group + " (" + e.getMessage()
                    + "): run with that group, or with CAP_CHOWN", e);
        }
    }

    private static void grant(Path path, int group, String permissions) throws IOException {
        Files.setAttribute(path, "unix:gid", group);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    /** Held for a pass, a load or an attach. */
    Bpffs.Lock lock() {
        return Bpffs.lock(dir);
    }

    /**
     * The same, but not for ever.
     *
     * @throws AcceleratorException when somebody else holds it for as long
     */
    Bpffs.Lock lock(Duration patience) {
        return Bpffs.lock(dir, patience).orElseThrow(() -> new AcceleratorException(Bpffs.holder(dir).map(pid -> "process " + pid)
                .orElse("another process") + " has held " + dir + " for " + patience.toSeconds()
                + " s, in the middle of a pass: let it go on (kill -CONT), or end it, which loses nothing"));
    }

    /** Held by the sidecar that serves these pins; empty when there is one. */
    Optional<Bpffs.Lock> sidecarLock() {
        return Bpffs.tryLock(dir.resolve("links"));
    }

    /** Removes what a load or a removal that did not come to its end has left, but not the folders. */
    void clear() {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path path : all.filter(each -> !Files.isDirectory(each)).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove leftovers under " + dir, e);
        }
    }

    /** Removes all pins and the folder itself. The control map goes first: from then on the directory is incomplete. */
    void remove() {
        Bpffs.unpin(map(CONTROL));
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove pins under " + dir, e);
        }
        NodePins.beside(this).collect();
    }
}
