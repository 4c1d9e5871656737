package io.sockway.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** A network namespace, held open by file descriptor so that it outlives its processes. Thread-safe but for {@link #close()}. */
public final class NetworkNamespace implements AutoCloseable {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private final FileDescriptor fd;
    private final String id;

    private NetworkNamespace(FileDescriptor fd, String id) {
        this.fd = fd;
        this.id = id;
    }

    /** The namespace of a process, or null when it has gone or may not be looked at. */
    public static NetworkNamespace of(long pid) {
        Path path = Path.of("/proc/" + pid + "/ns/net");
        String id = id(path);
        int fd = id == null ? -1 : Libc.open(path.toString(), Libc.O_RDONLY);
        return fd < 0 ? null : new NetworkNamespace(new FileDescriptor(fd), id);
    }

    /** What tells namespaces apart, for example {@code net:[4026531840]}, of a process; null when it has gone. */
    public static String id(long pid) {
        return id(Path.of("/proc/" + pid + "/ns/net"));
    }

    /** The id of the calling thread's namespace. */
    public static String ownId() {
        return id(OWN);
    }

    /** The id, as {@link #id(long)}. */
    public String id() {
        return id;
    }

    /**
     * Runs something in this namespace: the calling thread, which must be a platform thread, enters it and comes back.
     *
     * @throws BpfException EPERM without CAP_SYS_ADMIN, unless it is the thread's own namespace
     */
    public <T> T call(Supplier<T> task) {
        if (id.equals(ownId())) {
            return task.get();
        }
        try (FileDescriptor home = new FileDescriptor(
                BpfException.check(Libc.open(OWN.toString(), Libc.O_RDONLY), "open", OWN.toString()))) {
            BpfException.check(Libc.setns(fd.value(), Libc.CLONE_NEWNET), "enter network namespace", id);
            try {
                return task.get();
            } finally {
                BpfException.check(Libc.setns(home.value(), Libc.CLONE_NEWNET), "return to network namespace", "of this process");
            }
        }
    }

    private static String id(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
