package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Owns everything that is made outside the JVM for one run: pods, processes, files, BPF pins.
 *
 * <p>{@link #close()} removes it all; a shutdown hook does so on SIGINT and SIGTERM. What a killed lab left behind is removed when
 * the next one opens. Several labs may exist at a time, in one process or in many.
 */
public final class Lab implements Resource {
    private static final Path BPF_FILE_SYSTEM = Path.of("/sys/fs/bpf");
    private static final Duration SIGNAL_DELAY = Duration.ofMillis(200);

    private final Scope scope;
    private final Thread hook;
    private final LabDirectory directory;
    private final Cgroup cgroup;
    private final Path logs;
    private final List<ProcessGroup> groups = new ArrayList<>();

    private Lab(Scope scope, Thread hook, Optional<Path> logs) {
        this.scope = scope;
        this.hook = hook;
        this.directory = scope.own(LabDirectory::create);
        this.cgroup = scope.own(() -> Cgroup.create(CgroupMount.find(), directory.name()));
        this.logs = logs.orElseGet(() -> directory("logs"));
    }

    /** Opens a lab whose processes' output goes with it. */
    public static Lab open() {
        return open(Optional.empty());
    }

    /** Opens a lab whose processes' output is kept in {@code logs}, an existing folder, or goes with the lab. */
    public static Lab open(Optional<Path> logs) {
        requireRoot();
        LabDirectory.abandoned().forEach(Lab::remove);
        Scope scope = new Scope();
        Thread hook = new Thread(scope::close, "lab-clean-up");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return new Lab(scope, hook, logs);
        } catch (LabException e) {
            scope.close();
            removeHook(hook);
            throw e;
        }
    }

    /** A prefix of every name that this lab gives. */
    public String name() {
        return directory.name();
    }

    /** Closes with the lab; make a child of it for what ends earlier. */
    public Scope scope() {
        return scope;
    }

    /**
     * Runs {@code work}; when it fails because a signal is closing the lab, the failure is a {@link LabClosedException} and not what
     * the work tripped over.
     */
    public <T> T run(Supplier<T> work) {
        try {
            return work.get();
        } catch (LabException e) {
            // Ctrl-C ends a tool that is running just now before it gets the shutdown hook started.
            Await.sleep(SIGNAL_DELAY);
            throw scope.closed() ? new LabClosedException() : e;
        }
    }

    /** A folder that all users may enter; it goes with the lab. */
    public Path directory(String name) {
        try {
            return Files.createDirectories(directory.path().resolve(name));
        } catch (IOException e) {
            throw new LabException("cannot make a folder in " + directory.path(), e);
        }
    }

    /** A folder in the BPF file system for pins, not made yet; {@code owner} removes it, and so detaches what is pinned in it. */
    Path pins(Scope owner) {
        Path pins = pins(name());
        owner.own(() -> () -> FileTree.delete(pins));
        return pins;
    }

    /** A new pod of its own cgroup and network namespace; its processes keep to {@code cpu} if one is given. */
    public Pod pod(String name, int number, IpFamily family, OptionalInt cpu) {
        NetworkNamespace namespace = scope.own(() -> NetworkNamespace.create(name() + "-" + name));
        return new Pod(name, number, family, namespace, group(name, Optional.of(namespace), cpu));
    }

    /** A new group of processes that are watched and ended with the lab but belong to no pod. */
    public ProcessGroup hostProcesses(String name) {
        return group(name, Optional.empty(), OptionalInt.empty());
    }

    List<ProcessGroup> groups() {
        return List.copyOf(groups);
    }

    @Override
    public void close() {
        scope.close();
        removeHook(hook);
    }

    private ProcessGroup group(String name, Optional<NetworkNamespace> namespace, OptionalInt cpu) {
        Cgroup own = scope.own(() -> Cgroup.create(cgroup.directory(), name));
        ProcessGroup group = new ProcessGroup(own, namespace, cpu, logs);
        groups.add(group);
        return group;
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down: the hook is running, or has run.
        }
    }

    /** Fails unless this process is root's. */
    public static void requireRoot() {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                throw new UnmetRequirementException("not root", "run it with sudo, it makes network namespaces and cgroups");
            }
        } catch (IOException e) {
            throw new LabException("cannot read /proc/self", e);
        }
    }

    private static Path pins(String labName) {
        return BPF_FILE_SYSTEM.resolve(labName);
    }

    /** Removes what a lab left whose process was killed, in the order in which it would have. */
    private static void remove(String labName) {
        Cgroup.remove(CgroupMount.find().resolve(labName));
        try (Stream<Path> names = Files.exists(NetworkNamespace.FOLDER) ? Files.list(NetworkNamespace.FOLDER) : Stream.empty()) {
            names.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith(labName + "-"))
                    .forEach(NetworkNamespace::remove);
        } catch (IOException e) {
            throw new LabException("cannot list " + NetworkNamespace.FOLDER, e);
        }
        FileTree.delete(pins(labName));
        LabDirectory.remove(labName);
    }
}
