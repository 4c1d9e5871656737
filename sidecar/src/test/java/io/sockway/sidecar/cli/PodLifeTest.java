package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.sockops.Accelerator;
import io.sockway.sockops.FlowState;
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
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The containers of an injected pod, with the users, groups, capabilities, namespaces and mounts that the template gives them, on the
 * real kernel.
 */
class PodLifeTest {
    private static final int PORT = 8080;
    private static final String GROUP = "15900";
    private static final List<String> ATTACH = List.of("setpriv", "--regid", GROUP, "--clear-groups", "--no-new-privs", "--inh-caps=-all",
            "--bounding-set", "-all,+bpf,+net_admin,+perfmon");
    private static final List<String> SIDECAR = List.of("setpriv", "--reuid", GROUP, "--regid", GROUP, "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set", "-all,+bpf");

    /** The class path, where the sidecar's user may read it. */
    @TempDir
    private static Path library;
    private static String classPath;

    /** Readable for all: the sidecar's user looks into it. */
    @TempDir
    private Path folder;
    private final String uid = UUID.randomUUID().toString();
    private final Path pods = Path.of("/sys/fs/bpf/sockway-pods-" + ProcessHandle.current().pid());
    private final List<Process> started = new ArrayList<>();
    private Sandbox node;
    private Path slice;
    private Path application;
    private Path container;

    @BeforeAll
    static void copyClassPath() throws IOException {
        readable(library);
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path copy = library.resolve(copies.size() + "-" + Path.of(entry).getFileName());
            Sandbox.run("cp", "-rL", entry, copy.toString());
            copies.add(copy.toString());
        }
        Sandbox.run("chmod", "-R", "a+rX", library.toString());
        classPath = String.join(File.pathSeparator, copies);
    }

    private static List<String> command(String... arguments) {
        String own = System.getProperty("java.class.path");
        return Cli.command(arguments).stream().map(each -> each.equals(own) ? classPath : each).toList();
    }

    private static void readable(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
    }

    @BeforeEach
    void makePod() throws IOException {
        Files.createDirectories(pods);
        readable(folder);
        Files.createDirectory(folder.resolve("pins"));
        annotate("sockway.io/acceleration=\"on\"");
        node = new Sandbox();
        // As systemd's driver lays it out; the actor is the application.
        slice = node.cgroup().resolve("kubepods-burstable-pod" + uid.replace('-', '_') + ".slice");
        application = Files.createDirectories(slice.resolve("cri-containerd-app.scope"));
        container = Files.createDirectories(slice.resolve("cri-containerd-sockway.scope"));
        for (String pid : Files.readAllLines(node.cgroup().resolve("cgroup.procs"))) {
            Files.writeString(application.resolve("cgroup.procs"), pid);
        }
    }

    @AfterEach
    void removePod() throws IOException {
        started.forEach(Process::destroyForcibly);
        kill();
        try (Stream<Path> left = Files.list(pods)) {
            left.forEach(Accelerator::removePins);
        }
        Files.deleteIfExists(pods);
        node.close();
    }

    /** What the kubelet does at the end of a pod. */
    private void kill() throws IOException {
        for (Path each : List.of(application, container)) {
            if (Files.exists(each)) {
                for (String pid : Files.readAllLines(each.resolve("cgroup.procs"))) {
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        }
        for (Path each : List.of(application, container, slice)) {
            Sandbox.eventually(each + " is gone", () -> !Files.exists(each) || each.toFile().delete());
        }
    }

    private Path annotations() {
        return folder.resolve("annotations");
    }

    /** As the kubelet does: the file changes as a whole. */
    private void annotate(String... lines) throws IOException {
        Path next = folder.resolve("next");
        Files.write(next, Arrays.asList(lines));
        readable(next);
        Files.move(next, annotations(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A program in a cgroup, in the pod's network namespace, and in cgroup and mount namespaces of its own. */
    private Process start(Path cgroup, String prepare, List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of("sh", "-c", "echo $$ > " + cgroup + "/cgroup.procs && exec nsenter --net=/run/netns/"
                + node.namespace() + " unshare --cgroup --mount sh -ec '" + prepare + "exec \"$@\"' sh \"$@\"", "sh"));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().put("SOCKWAY_POD_UID", uid);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String attach(int exitCode, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(ATTACH);
        command.addAll(command("attach", "--pod-cgroup-in=/sys/fs/cgroup", "--pin-dir=" + pods.resolve(uid), "--pin-group=" + GROUP,
                "--annotations=" + annotations(), "--collect"));
        command.addAll(Arrays.asList(more));
        Process process = start(container, "", command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(exitCode);
        return output;
    }

    /** The container that stays: its only pins are the pod's own, mounted read-only, and so is all else. */
    private Process serve() throws IOException {
        List<String> command = new ArrayList<>(SIDECAR);
        command.addAll(command("run", "--adopt", "--pin-dir=" + folder.resolve("pins"), "--annotations=" + annotations(),
                "--admin=127.0.0.1:0"));
        return start(container, "mount --bind " + pods.resolve(uid) + " " + folder.resolve("pins") + "; mount -o remount,bind,ro "
                + folder.resolve("pins") + "; mount -o remount,bind,ro / || true; ", command);
    }

    private static String await(BufferedReader lines, String start) {
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

    private <T> T ask(Function<Accelerator, T> question) {
        try (Accelerator pinned = Accelerator.open(pods.resolve(uid)).orElseThrow()) {
            return question.apply(pinned);
        }
    }

    private long redirected() {
        return ask(pinned -> pinned.counters().redirectedBytes());
    }

    @Test
    void shouldAccelerateAPodFromItsFirstContainerToItsEnd() throws Exception {
        assertThat(attach(0)).contains("attached /").contains("kubepods-burstable-pod" + uid.replace('-', '_') + ".slice");
        Process sidecar = serve();
        BufferedReader lines = sidecar.inputReader(StandardCharsets.UTF_8);
        await(lines, "admin http://");
        long pid = Files.readAllLines(container.resolve("cgroup.procs")).stream().mapToLong(Long::parseLong).findFirst().orElseThrow();
        assertThat(Files.readAllLines(Path.of("/proc/" + pid + "/status"))).contains("Uid:\t15900\t15900\t15900\t15900",
                "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000",
                "NoNewPrivs:\t1");

        node.connectPair("a", "b", "4", "127.0.0.1", PORT);
        Sandbox.eventually("bytes are redirected", () -> {
            node.ask("pingpong a b 100 20");
            return redirected() > 0;
        });

        annotate("sockway.io/acceleration=\"off\"");
        await(lines, "annotations: acceleration off");
        Sandbox.eventually("the flow has left",
                () -> ask(pinned -> pinned.flowTotals().states().getOrDefault(FlowState.ACTIVE, 0) == 0));
        long before = redirected();
        node.ask("pingpong a b 1000 100");
        assertThat(redirected()).isEqualTo(before);

        annotate("sockway.io/acceleration=\"observe\"");
        await(lines, "annotations: acceleration observe");
        node.connectPair("c", "d", "4", "127.0.0.1", PORT + 1);
        Sandbox.eventually("bytes are counted that would be redirected", () -> {
            node.ask("pingpong c d 100 20");
            return ask(pinned -> pinned.counters().wouldRedirectBytes()) > 0;
        });
        assertThat(redirected()).isEqualTo(before);

        annotate("sockway.io/acceleratoin=\"on\"");
        assertThat(await(lines, "annotations: unknown")).contains("did you mean 'sockway.io/acceleration'?").endsWith("all stays as it is");
        annotate("sockway.io/acceleration=\"on\"", "sockway.io/exclude-ports=\"" + PORT + "\"");
        assertThat(await(lines, "annotations: acceleration on")).endsWith("not ports " + PORT);
        Sandbox.eventually("bytes are redirected again", () -> {
            node.ask("pingpong c d 100 20");
            return redirected() > before;
        });

        String gc = Cli.run("gc", "--pods-dir", pods.toString()).out();
        assertThat(gc).startsWith("nothing to remove");
        kill();
        assertThat(sidecar.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Cli.run("gc", "--pods-dir", pods.toString(), "--dry-run").out()).isEqualTo("would remove " + pods.resolve(uid) + "\n");
        assertThat(Cli.run("gc", "--pods-dir", pods.toString()).out()).isEqualTo("removed " + pods.resolve(uid) + "\n");
        assertThat(pods.resolve(uid)).doesNotExist();
    }

    @Test
    void shouldCollectDeadPodsWhenTheNextOneAttachesAndLeaveTheLiving() throws Exception {
        Path dead = Files.createDirectory(pods.resolve(UUID.randomUUID().toString()));
        Files.createDirectory(dead.resolve("links"));
        String other = UUID.randomUUID().toString();
        Path living = Files.createDirectory(pods.resolve(other));
        Path cgroup = Files.createDirectory(node.cgroup().resolve("pod" + other));
        Path foreign = Files.createDirectory(pods.resolve("not-a-pod"));
        try {
            assertThat(attach(0)).contains("removed the pins of a pod that has gone: " + dead.getFileName());
            assertThat(dead).doesNotExist();
            assertThat(living).exists();
            assertThat(foreign).exists();
        } finally {
            Files.delete(cgroup);
            Files.deleteIfExists(living);
            Files.deleteIfExists(foreign);
        }
    }

    @Test
    void shouldLetThePodStartWhenItCannotBeAttachedUnlessItRequiresIt() throws Exception {
        String failed = attach(0, "--pod-uid=00000000-0000-0000-0000-000000000000");
        assertThat(failed).startsWith("sockway: not attached: ").contains("no part is named after the pod 00000000")
                .endsWith("; the pod starts on plain TCP\n");
        assertThat(pods.resolve(uid)).doesNotExist();
        annotate("sockway.io/required=\"true\"");
        assertThat(attach(1, "--pod-uid=00000000-0000-0000-0000-000000000000")).endsWith("the pod does not start, since it requires "
                + "Sockway\n");

        Files.createDirectory(pods.resolve(uid));
        BufferedReader lines = serve().inputReader(StandardCharsets.UTF_8);
        assertThat(await(lines, "waiting")).contains("connections stay on TCP").contains("nothing is pinned");
        annotate("a=\"b\"");
        attach(0);
        await(lines, "admin http://");
    }

    @Test
    void shouldNotLetTheSidecarReachAnotherPodsPinsNorAttachAnything() throws Exception {
        attach(0);
        Process sidecar = serve();
        await(sidecar.inputReader(StandardCharsets.UTF_8), "admin http://");
        List<String> inside = new ArrayList<>(SIDECAR);
        inside.addAll(command("attach", "--cgroup", slice.toString(), "--pin-dir", folder.resolve("pins").resolve("x").toString()));
        Process attempt = start(container, "", inside);
        assertThat(new String(attempt.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("missing capability CAP_BPF");
        // With the host's whole folder in sight, permission on another pod's pins is still missing to another group.
        List<String> stranger = new ArrayList<>(SIDECAR.stream().map(each -> each.equals(GROUP) ? "15901" : each).toList());
        stranger.addAll(command("status", "--pin-dir", pods.resolve(uid).toString()));
        Process look = start(container, "", stranger);
        assertThat(new String(look.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("no permission to look into");
    }
}
