package io.sockway.bench.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * A named network namespace, with its loopback device up.
 *
 * <p>{@link #close()} removes the name; the namespace itself, with its devices and iptables rules, goes with its last process.
 */
public final class NetworkNamespace implements Resource {
    static final Path FOLDER = Path.of("/run/netns");

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    static NetworkNamespace create(String name) {
        Command.of(Tool.IP.path(), "netns", "add", name).run();
        NetworkNamespace namespace = new NetworkNamespace(name);
        try {
            namespace.ip("link", "set", "lo", "up");
        } catch (LabException e) {
            namespace.close();
            throw e;
        }
        return namespace;
    }

    /** Removes the name of a namespace that another process made. */
    static void remove(String name) {
        Command.of(Tool.IP.path(), "netns", "delete", name).run();
    }

    public String name() {
        return name;
    }

    Path path() {
        return FOLDER.resolve(name);
    }

    /** Runs {@code ip} on this namespace. */
    void ip(String... arguments) {
        Command.of(prefixed(List.of(Tool.IP.path(), "-n", name), List.of(arguments))).run();
    }

    /** A command that runs inside this namespace; mounts and cgroups stay the caller's. */
    Command command(Object... arguments) {
        return Command.of(prefixed(List.of(Tool.NSENTER.path(), "--net=" + path(), "--"), List.of(arguments)));
    }

    /**
     * Runs {@code task} on a thread of its own that has entered this namespace: the sockets that it opens belong to the namespace,
     * whoever uses them later. The thread ends with the task, and the task must start no thread that outlives it.
     */
    public <T> T call(Callable<T> task) throws Exception {
        FutureTask<T> work = new FutureTask<>(() -> {
            NamespaceEntry.enter(path());
            return task.call();
        });
        Thread.ofPlatform().name("netns-" + name).start(work);
        try {
            return work.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        if (Files.exists(path())) {
            remove(name);
        }
    }

    private static Object[] prefixed(List<?> prefix, List<?> arguments) {
        return Stream.concat(prefix.stream(), arguments.stream()).toArray();
    }
}
