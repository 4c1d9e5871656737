package io.sockway.sidecar.telemetry;

import io.sockway.xds.stats.StatsPlugin;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;

/**
 * The folder that this process and Envoy share. Envoy has to be able to write there, for its slabs; who can write there may ask for
 * configuration. Not thread-safe.
 */
final class SharedFolder {
    private final Path path;
    /** What was not there before, in the order in which it was made. */
    private final Deque<Path> made = new ArrayDeque<>();

    SharedFolder(Path path) {
        this.path = path;
    }

    /** Refuses a path at which there can be no folder. Makes nothing, and may be asked by somebody who may not make it. */
    void requirePossible() {
        Path there = path;
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there)) {
            throw unusable(new NotDirectoryException(there.toString()));
        }
    }

    /** Makes the folder if it is not there. */
    void make() {
        requirePossible();
        Deque<Path> missing = new ArrayDeque<>();
        for (Path each = path; each != null && !Files.exists(each); each = each.getParent()) {
            missing.push(each);
        }
        try {
            for (Path each : missing) {
                Files.createDirectories(each);
                made.add(each);
            }
            Files.createDirectories(path);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Puts the plugin into it. */
    Path install(StatsPlugin plugin) {
        boolean there = Files.exists(path.resolve(plugin.fileName()));
        try {
            Path file = plugin.installInto(path);
            if (!there) {
                made.add(file);
            }
            return file;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /**
     * Takes back what {@link #make} and {@link #install} have made, last things first, up to a folder in which there is something else.
     * Another call goes on where that one ended.
     */
    void discard() {
        try {
            while (!made.isEmpty()) {
                Files.deleteIfExists(made.getLast());
                made.removeLast();
            }
        } catch (IOException e) {
            // Others have put something into it.
        }
    }

    private TelemetryException unusable(IOException cause) {
        return new TelemetryException("--telemetry-dir " + path + " is no folder that this process can write in: "
                + switch (cause) {
                    case AccessDeniedException denied -> "permission denied at " + denied.getFile();
                    case NotDirectoryException file -> file.getFile() + " is no folder";
                    default -> cause.toString();
                }, cause);
    }

    /** Lets those connect to the socket who may write in the folder. Where this process may not say so, its own group has to do. */
    void admitTo(Path socket) {
        try {
            PosixFileAttributes folder = Files.readAttributes(path, PosixFileAttributes.class);
            if (!Files.readAttributes(socket, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) {
                throw new TelemetryException(socket + " was replaced by something else: see who writes in " + path);
            }
            try {
                Files.setAttribute(socket, "posix:group", folder.group(), LinkOption.NOFOLLOW_LINKS);
            } catch (IOException e) {
                // Not a member of that group. The permissions below count for the group that it has.
            }
            Files.setPosixFilePermissions(socket, permissions(folder.permissions()));
        } catch (IOException e) {
            throw new TelemetryException("cannot set the permissions of " + socket + ": " + e.getMessage(), e);
        }
    }

    private static Set<PosixFilePermission> permissions(Set<PosixFilePermission> folder) {
        Set<PosixFilePermission> socket = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (folder.contains(PosixFilePermission.GROUP_WRITE)) {
            socket.add(PosixFilePermission.GROUP_READ);
            socket.add(PosixFilePermission.GROUP_WRITE);
        }
        if (folder.contains(PosixFilePermission.OTHERS_WRITE)) {
            socket.add(PosixFilePermission.OTHERS_READ);
            socket.add(PosixFilePermission.OTHERS_WRITE);
        }
        return socket;
    }
}
