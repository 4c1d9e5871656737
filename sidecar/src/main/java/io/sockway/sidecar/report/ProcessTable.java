package io.sockway.sidecar.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which process holds which socket, read from /proc as far as the reader may see it. A snapshot; immutable. */
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final String SOCKET = "socket:[";

    private final Map<Long, Owner> owners;

    /**
     * A process.
     *
     * @param pid in the reader's PID namespace
     * @param name the kernel's name for it, at most 15 characters
     */
    public record Owner(long pid, String name) {
    }

    private ProcessTable(Map<Long, Owner> owners) {
        this.owners = owners;
    }

    /** Looks for the holders of some sockets, by inode number. */
    public static ProcessTable find(Set<Long> inodes) {
        Map<Long, Owner> found = new HashMap<>();
        if (!inodes.isEmpty()) {
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, p -> isNumber(p.getFileName().toString()))) {
                for (Path process : processes) {
                    addSockets(process, inodes, found);
                }
            } catch (IOException | UncheckedIOException e) {
                // /proc is not there or closed to us: the table stays short
            }
        }
        return new ProcessTable(found);
    }

    private static void addSockets(Path process, Set<Long> inodes, Map<Long, Owner> found) {
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(process.resolve("fd"))) {
            Owner owner = null;
            for (Path fd : fds) {
                long inode = socketInode(fd);
                if (inode != 0 && inodes.contains(inode)) {
                    if (owner == null) {
                        owner = new Owner(Long.parseLong(process.getFileName().toString()),
                                Files.readString(process.resolve("comm")).strip());
                    }
                    found.putIfAbsent(inode, owner);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // the process has ended, or is somebody else's
        }
    }

    private static long socketInode(Path fd) {
        try {
            String target = Files.readSymbolicLink(fd).toString();
            return target.startsWith(SOCKET) ? Long.parseLong(target.substring(SOCKET.length(), target.length() - 1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static boolean isNumber(String name) {
        return name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The process that holds a socket; of several that share it, one. */
    public Optional<Owner> owner(long inode) {
        return Optional.ofNullable(owners.get(inode));
    }
}
