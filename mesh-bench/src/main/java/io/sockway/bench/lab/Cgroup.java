package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A cgroup v2 that this process made. {@link #close()} kills what still runs in it and removes it. */
final class Cgroup implements Resource {
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final Path directory;

    private Cgroup(Path directory) {
        this.directory = directory;
    }

    static Cgroup create(Path parent, String name) {
        Path directory = parent.resolve(name);
        try {
            return new Cgroup(Files.createDirectory(directory));
        } catch (IOException e) {
            throw new UnmetRequirementException("cannot make the cgroup " + directory + " (" + e.getMessage() + ")",
                    "run where cgroup v2 is writable, in a container with --privileged and --cgroupns=host");
        }
    }

    /** Kills and removes a cgroup that another process made, with the cgroups below it. */
    static void remove(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (var children = Files.newDirectoryStream(directory, Files::isDirectory)) {
            children.forEach(Cgroup::remove);
        } catch (IOException e) {
            throw new LabException("cannot list the cgroup " + directory, e);
        }
        new Cgroup(directory).close();
    }

    Path directory() {
        return directory;
    }

    /** The file that a process writes itself into to join. */
    Path members() {
        return directory.resolve("cgroup.procs");
    }

    /** The processes in this cgroup, not those in cgroups below it. */
    List<Long> pids() {
        try {
            return Files.readAllLines(members()).stream().map(Long::valueOf).toList();
        } catch (IOException e) {
            throw new LabException("cannot read " + members(), e);
        }
    }

    @Override
    public void close() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Await.until(this::removed, END_LIMIT, () -> "cannot remove the cgroup " + directory + ", in it are the processes " + pids());
    }

    /** To be repeated: a process may be about to join, and one that is just ending is no longer listed but still counts. */
    private boolean removed() {
        if (!pids().isEmpty()) {
            kill();
        }
        try {
            Files.delete(directory);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Kernels before 5.14 have no switch for it. */
    private void kill() {
        Path killSwitch = directory.resolve("cgroup.kill");
        if (!Files.exists(killSwitch)) {
            pids().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            return;
        }
        try {
            Files.writeString(killSwitch, "1");
        } catch (IOException e) {
            throw new LabException("cannot write " + killSwitch, e);
        }
    }
}
