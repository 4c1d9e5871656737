package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Sandbox;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A pod's cgroups, pins and annotations as the kubelet lays them out, and Sockway's containers in it as the template has them: their
 * users, groups, capabilities, namespaces and mounts. The pod's network namespace and the cgroup that holds its own are the caller's.
 */
final class InjectedPod implements AutoCloseable {
    static final String GROUP = "15900";
    static final List<String> ATTACH = List.of("setpriv", "--regid", GROUP, "--clear-groups", "--no-new-privs", "--inh-caps=-all",
            "--bounding-set", "-all,+bpf,+net_admin,+perfmon");
    static final List<String> SIDECAR = List.of("setpriv", "--reuid", GROUP, "--regid", GROUP, "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set", "-all,+bpf");

    private final String uid;
    private final Path slice;
    private final String namespace;
    private final Path pods;
    private final Path folder;
    private final String classPath;
    private final List<Process> started = new ArrayList<>();

    /**
     * Makes cgroups and folders, and says that acceleration is on.
     *
     * @param slice the pod's cgroup, which is made if it is not there and removed at the end
     * @param namespace name of its network namespace
     * @param pods the node's folder of pins
     * @param folder an existing one for its files
     * @param classPath that all users may read
     */
    InjectedPod(String uid, Path slice, String namespace, Path pods, Path folder, String classPath) throws IOException {
        this.uid = uid;
        this.slice = slice;
        this.namespace = namespace;
        this.pods = pods;
        this.folder = folder;
        this.classPath = classPath;
        Files.createDirectories(pods);
        readable(folder);
        Files.createDirectory(folder.resolve("pins"));
        Files.createDirectories(sidecarCgroup());
        annotate("sockway.io/acceleration=\"on\"");
    }

    /** Copies the class path of this JVM to where every user may read it; returns the copy's. */
    static String copyClassPath(Path library) throws IOException {
        readable(library);
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path copy = library.resolve(copies.size() + "-" + Path.of(entry).getFileName());
            Sandbox.run("cp", "-rL", entry, copy.toString());
            copies.add(copy.toString());
        }
        Sandbox.run("chmod", "-R", "a+rX", library.toString());
        return String.join(File.pathSeparator, copies);
    }

    private static void readable(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
    }

    String uid() {
        return uid;
    }

    Path slice() {
        return slice;
    }

    /** The cgroup of a container. */
    Path container(String name) {
        return slice.resolve("cri-containerd-" + name + ".scope");
    }

    private Path sidecarCgroup() {
        return container("sockway");
    }

    /** Where the node has its pins. */
    Path pins() {
        return pods.resolve(uid);
    }

    /** Where its sidecar sees them. */
    Path mountedPins() {
        return folder.resolve("pins");
    }

    /** Moves processes into a container's cgroup. */
    void contain(String container, List<Long> pids) throws IOException {
        Path cgroup = Files.createDirectories(container(container));
        for (long pid : pids) {
            Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    private Path annotations() {
        return folder.resolve("annotations");
    }

    /** As the kubelet does: the file changes as a whole. */
    void annotate(String... lines) throws IOException {
        Path next = folder.resolve("next");
        Files.write(next, Arrays.asList(lines));
        readable(next);
        Files.move(next, annotations(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A command of Sockway with the class path's copy. */
    List<String> sockway(String... arguments) {
        String own = System.getProperty("java.class.path");
        return Cli.command(arguments).stream().map(each -> each.equals(own) ? classPath : each).toList();
    }

    /** A program in a container's cgroup, in the pod's network namespace, and in cgroup and mount namespaces of its own. */
    Process start(String container, String mounts, List<String> command) throws IOException {
        Path cgroup = Files.createDirectories(container(container));
        List<String> all = new ArrayList<>(List.of("sh", "-c", "echo $$ > " + cgroup + "/cgroup.procs && exec nsenter --net=/run/netns/"
                + namespace + " unshare --cgroup --mount sh -ec '" + mounts + "exec \"$@\"' sh \"$@\"", "sh"));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().put("SOCKWAY_POD_UID", uid);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Runs the init container to its end; returns what it says. */
    String attach(int exitCode, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(ATTACH);
        command.addAll(sockway("attach", "--pod-cgroup-in=/sys/fs/cgroup", "--pin-dir=" + pins(), "--pin-group=" + GROUP,
                "--annotations=" + annotations(), "--collect"));
        command.addAll(Arrays.asList(more));
        Process process = start("sockway", "", command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(exitCode);
        return output;
    }

    /** Starts the container that stays. */
    Process serve() throws IOException {
        List<String> command = new ArrayList<>(SIDECAR);
        command.addAll(sockway("run", "--adopt", "--pin-dir=" + mountedPins(), "--annotations=" + annotations(), "--admin=127.0.0.1:0"));
        return startBesideSidecar(command);
    }

    /** A program with what the container that stays can see: its only pins are the pod's own, mounted read-only, and so is all else. */
    Process startBesideSidecar(List<String> command) throws IOException {
        return start("sockway", "mount --bind " + pins() + " " + mountedPins() + "; mount -o remount,bind,ro " + mountedPins()
                + "; mount -t tmpfs none /sys/fs/bpf; mount -o remount,bind,ro / || true; ", command);
    }

    /** Process ids of a container. */
    List<Long> pids(String container) throws IOException {
        return Files.readAllLines(container(container).resolve("cgroup.procs")).stream().map(Long::valueOf).toList();
    }

    /** Waits for a line that starts so. */
    static String await(BufferedReader lines, String start) {
        StringBuilder all = new StringBuilder();
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                all.append(line).append('\n');
                if (line.startsWith(start)) {
                    return line;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("ended without '" + start + "': " + all);
    }

    /** Looks at its pins from the node. */
    <T> T ask(Function<Accelerator, T> question) {
        try (Accelerator pinned = Accelerator.open(pins()).orElseThrow()) {
            return question.apply(pinned);
        }
    }

    long redirected() {
        return ask(pinned -> pinned.counters().redirectedBytes());
    }

    /** What the kubelet does at the end of a pod. */
    void kill() throws IOException {
        if (!Files.exists(slice)) {
            return;
        }
        List<Path> cgroups = new ArrayList<>();
        try (Stream<Path> below = Files.list(slice)) {
            below.filter(Files::isDirectory).forEach(cgroups::add);
        }
        cgroups.add(slice);
        for (Path each : cgroups) {
            for (String pid : Files.readAllLines(each.resolve("cgroup.procs"))) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
        for (Path each : cgroups) {
            Sandbox.eventually(each + " is gone", () -> !Files.exists(each) || each.toFile().delete());
        }
    }

    @Override
    public void close() throws IOException {
        started.forEach(Process::destroyForcibly);
        kill();
        if (Files.exists(pins())) {
            Accelerator.removePins(pins());
        }
        // not before the node's last pod has gone
        pods.toFile().delete();
    }
}
