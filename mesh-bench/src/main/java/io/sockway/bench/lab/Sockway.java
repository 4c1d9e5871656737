package io.sockway.bench.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Sockway attached to pods of the lab, driven as a user would: through its executable only.
 *
 * <p>The scope that it was started in owns the process and the pins; closing it detaches at once, without waiting for anything.
 */
public final class Sockway {
    private static final String EXECUTABLE = "sockway";
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);

    private final Path executable;
    private final Path pins;
    private final List<String> cgroups;
    private final Supplier<LabProcess> launcher;
    private LabProcess process;

    private Sockway(Path executable, Path pins, List<String> cgroups, Supplier<LabProcess> launcher) {
        this.executable = executable;
        this.pins = pins;
        this.cgroups = cgroups;
        this.launcher = launcher;
        this.process = launcher.get();
    }

    /** The executable to use: {@code given}, or the launcher of this project, or else the one in PATH. */
    public static Path find(Optional<Path> given) {
        Path path = given
                .or(() -> ProjectHome.find(EXECUTABLE))
                .or(() -> Tool.find(EXECUTABLE))
                .orElseThrow(() -> new UnmetRequirementException("the sockway launcher was not found", "name it with --sockway PATH"));
        if (!Files.isExecutable(path) || Files.isDirectory(path)) {
            throw new UnmetRequirementException("no executable file at " + path, "name the launcher with --sockway PATH");
        }
        return path.toAbsolutePath();
    }

    /** Starts {@code sockway run} on the pods' cgroups in a process outside of them, and returns before it is attached. */
    public static Sockway start(Scope scope, Lab lab, ProcessGroup group, Path executable, List<Pod> pods, List<String> flags) {
        Path pins = lab.pins(scope);
        List<String> cgroups = pods.stream().map(pod -> pod.processes().cgroup().directory())
                .flatMap(directory -> Stream.of("--cgroup", directory.toString())).toList();
        List<String> command = new ArrayList<>(List.of(executable.toString(), "run"));
        command.addAll(cgroups);
        command.addAll(List.of("--pin-dir", pins.toString(), "--admin", "127.0.0.1:0"));
        command.addAll(flags);
        return new Sockway(executable, pins, cgroups, () -> group.start(scope, new ProcessSpec("sockway", User.ROOT, command)));
    }

    /** Waits until it says that it is attached. */
    public void awaitAttached() {
        process.awaitLine("attached", START_LIMIT);
    }

    /** What it counted since it was attached. */
    public SockwayStatus status() {
        process.requireAlive();
        return SockwayStatus.parse(Command.of(executable, "status", "--json", "--pin-dir", pins).run());
    }

    /** Leads all new bytes over TCP. */
    public void pause() {
        process.requireAlive();
        Command.of(executable, "pause", "--pin-dir", pins).run();
    }

    /** Ends a pause. */
    public void resume() {
        process.requireAlive();
        Command.of(executable, "resume", "--pin-dir", pins).run();
    }

    /** Ends the process by {@code kill -9}; what is pinned stays. */
    public void kill() {
        process.kill();
    }

    /** Starts the process again, after it was killed or detached, and waits until it says that it is attached. */
    public void restart() {
        process = launcher.get();
        awaitAttached();
    }

    /** Ends the process and detaches from the pods, as a user would; live flows are drained first. */
    public void detach() {
        process.close();
        removeAttachments();
    }

    /** Detaches from the pods under the running process, which ends by itself then. */
    public void detachRunning() {
        process.requireAlive();
        removeAttachments();
        process.awaitSuccess(START_LIMIT);
    }

    private void removeAttachments() {
        List<Object> command = new ArrayList<>(List.of(executable, "detach"));
        command.addAll(cgroups);
        command.addAll(List.of("--pin-dir", pins, "--timeout", DRAIN_LIMIT.toSeconds() + "s"));
        Command.of(command.toArray()).withLimit(START_LIMIT.plus(DRAIN_LIMIT)).run();
        if (Files.exists(pins)) {
            throw new LabException("sockway detach left " + pins + " behind");
        }
    }
}
