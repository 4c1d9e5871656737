package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.Bpffs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where everything is pinned:
 * <pre>
 * DIR/maps/NAME     each map; maps/control is pinned last, so a directory that has it is complete
 * DIR/programs/pair the program that further cgroups are linked to
 * DIR/passes        the iterator: reading it runs a pass
 * DIR/watches/NAME  the watch on a system call whose users must not get redirected bytes
 * DIR/links/ID      the attachment of the cgroup with this inode number
 * </pre>
 */
record PinDirectory(Path dir) {
    private static final String CONTROL = "control";

    PinDirectory {
        dir = dir.toAbsolutePath().normalize();
    }

    Path map(String name) {
        return dir.resolve("maps").resolve(name);
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

    Path link(long cgroup) {
        return dir.resolve("links").resolve(Long.toString(cgroup));
    }

    boolean isComplete() {
        return Files.exists(map(CONTROL));
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
            for (Path folder : List.of(dir, dir.resolve("maps"), dir.resolve("programs"), dir.resolve("links"),
                    dir.resolve("watches"))) {
                if (!Files.isDirectory(folder)) {
                    Files.createDirectories(folder);
                }
            }
        } catch (IOException e) {
            throw new AcceleratorException("cannot make " + dir + ": " + e.getMessage() + "; run as root, or choose another --pin-dir", e);
        }
    }

    /** Held for a pass, a load or an attach. */
    Bpffs.Lock lock() {
        return Bpffs.lock(dir);
    }

    /** Held by the sidecar that serves these pins; empty when there is one. */
    Optional<Bpffs.Lock> sidecarLock() {
        return Bpffs.tryLock(dir.resolve("links"));
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
    }
}
