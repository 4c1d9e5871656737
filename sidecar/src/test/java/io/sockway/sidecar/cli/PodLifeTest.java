package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.Bpffs;
import io.sockway.sockops.FlowState;
import io.sockway.sockops.Sandbox;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
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

    /** The class path, where the sidecar's user may read it. */
    @TempDir
    private static Path library;
    private static String classPath;

    /** Readable for all: the sidecar's user looks into it. */
    @TempDir
    private Path folder;
    private final Path pods = Path.of("/sys/fs/bpf/sockway-pods-" + ProcessHandle.current().pid());
    private Sandbox node;
    private InjectedPod pod;

    @BeforeAll
    static void copyClassPath() throws IOException {
        classPath = InjectedPod.copyClassPath(library);
    }

    @BeforeEach
    void makePod() throws IOException {
        node = new Sandbox();
        String uid = UUID.randomUUID().toString();
        // As systemd's driver lays it out; the actor is the application.
        pod = new InjectedPod(uid, node.cgroup().resolve("kubepods-burstable-pod" + uid.replace('-', '_') + ".slice"), node.namespace(),
                pods, folder, classPath);
        pod.contain("app", Files.readAllLines(node.cgroup().resolve("cgroup.procs")).stream().map(Long::valueOf).toList());
    }

    @AfterEach
    void removePod() throws IOException {
        pod.close();
        node.close();
    }

    @Test
    void shouldAccelerateAPodFromItsFirstContainerToItsEnd() throws Exception {
        assertThat(pod.attach(0)).contains("attached /").contains("kubepods-burstable-pod" + pod.uid().replace('-', '_') + ".slice");
        Process sidecar = pod.serve();
        BufferedReader lines = sidecar.inputReader(StandardCharsets.UTF_8);
        InjectedPod.await(lines, "admin http://");
        long pid = pod.pids("sockway").getFirst();
        assertThat(Files.readAllLines(Path.of("/proc/" + pid + "/status"))).contains("Uid:\t15900\t15900\t15900\t15900",
                "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000",
                "NoNewPrivs:\t1");

        node.connectPair("a", "b", "4", "127.0.0.1", PORT);
        Sandbox.eventually("bytes are redirected", () -> {
            node.ask("pingpong a b 100 20");
            return pod.redirected() > 0;
        });

        pod.annotate("sockway.io/acceleration=\"off\"");
        InjectedPod.await(lines, "annotations: acceleration off");
        Sandbox.eventually("the flow has left",
                () -> pod.ask(pinned -> pinned.flowTotals().states().getOrDefault(FlowState.ACTIVE, 0) == 0));
        long before = pod.redirected();
        node.ask("pingpong a b 1000 100");
        assertThat(pod.redirected()).isEqualTo(before);

        pod.annotate("sockway.io/acceleration=\"observe\"");
        InjectedPod.await(lines, "annotations: acceleration observe");
        node.connectPair("c", "d", "4", "127.0.0.1", PORT + 1);
        Sandbox.eventually("bytes are counted that would be redirected", () -> {
            node.ask("pingpong c d 100 20");
            return pod.ask(pinned -> pinned.counters().wouldRedirectBytes()) > 0;
        });
        assertThat(pod.redirected()).isEqualTo(before);

        pod.annotate("sockway.io/acceleratoin=\"on\"");
        assertThat(InjectedPod.await(lines, "annotations: unknown")).contains("did you mean 'sockway.io/acceleration'?")
                .endsWith("all stays as it is");
        pod.annotate("sockway.io/acceleration=\"on\"", "sockway.io/exclude-ports=\"" + PORT + "\"");
        assertThat(InjectedPod.await(lines, "annotations: acceleration on")).endsWith("not ports " + PORT);
        Sandbox.eventually("bytes are redirected again", () -> {
            node.ask("pingpong c d 100 20");
            return pod.redirected() > before;
        });

        pod.annotate("sockway.io/acceleration=\"on\"", "sockway.io/same-node=\"on\"");
        InjectedPod.await(lines, "annotations: sockway.io/same-node has no effect in this pod");
        assertThat(pod.<Boolean>ask(pinned -> pinned.shares() || pinned.sameNode())).isFalse();
        try (Stream<Path> pins = Files.list(pods)) {
            assertThat(pins).containsExactly(pod.pins());
        }

        assertThat(doctor()).contains("Sockway is attached to 1 cgroup").doesNotContain("sockway-not-attached", "sockway-not-served");

        String gc = Cli.run("gc", "--pods-dir", pods.toString()).out();
        assertThat(gc).startsWith("nothing to remove");
        pod.kill();
        assertThat(sidecar.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(doctor()).as("pins of a pod that has gone").doesNotContain("Sockway is attached", "sockway-not-served");
        assertThat(Cli.run("gc", "--pods-dir", pods.toString(), "--dry-run").out()).isEqualTo("would remove " + pod.pins() + "\n");
        assertThat(Cli.run("gc", "--pods-dir", pods.toString()).out()).isEqualTo("removed " + pod.pins() + "\n");
        assertThat(pod.pins()).doesNotExist();
    }

    private String doctor() {
        return Cli.run("doctor", "--json", "--pin-dir", "/sys/fs/bpf/no-sockway", "--pods-dir", pods.toString()).out();
    }

    @Test
    void shouldCollectDeadPodsWhenTheNextOneAttachesAndLeaveTheLiving() throws Exception {
        Path dead = Files.createDirectory(pods.resolve(UUID.randomUUID().toString()));
        Files.createDirectory(dead.resolve("links"));
        String other = UUID.randomUUID().toString();
        Path living = Files.createDirectory(pods.resolve(other));
        Path cgroup = Files.createDirectory(node.cgroup().resolve("pod" + other));
        Path foreign = Files.createDirectory(pods.resolve("not-a-pod"));
        Path elsewhere = Files.createSymbolicLink(pods.resolve(UUID.randomUUID().toString()), folder);
        try {
            assertThat(pod.attach(0)).contains("removed the pins of a pod that has gone: " + dead.getFileName());
            assertThat(dead).doesNotExist();
            assertThat(living).exists();
            assertThat(foreign).exists();
            assertThat(elsewhere).isSymbolicLink();
        } finally {
            Files.delete(cgroup);
            Files.deleteIfExists(living);
            Files.deleteIfExists(foreign);
            Files.deleteIfExists(elsewhere);
        }
    }

    /** Such as the kubelet's own folder of pods, in which their volumes are. */
    @Test
    void shouldCollectNothingWhereNoPinsCanBe() throws IOException {
        Path volumes = Files.createDirectories(folder.resolve(UUID.randomUUID().toString()).resolve("volumes"));
        assertThat(Cli.run("gc", "--pods-dir", folder.toString()).err()).contains(folder + " is not in a bpffs");
        assertThat(volumes).exists();
    }

    @Test
    void shouldLetThePodStartWhenItCannotBeAttachedUnlessItRequiresIt() throws Exception {
        String failed = pod.attach(0, "--pod-uid=00000000-0000-0000-0000-000000000000");
        assertThat(failed).startsWith("sockway: not attached: ").contains("no part is named after the pod 00000000")
                .endsWith("; the pod starts on plain TCP\n");
        assertThat(pod.pins()).doesNotExist();
        pod.annotate("sockway.io/required=\"true\"");
        assertThat(pod.attach(1, "--pod-uid=00000000-0000-0000-0000-000000000000")).endsWith("the pod does not start, since it requires "
                + "Sockway\n");
        pod.annotate("sockway.io/required=\"true\"", "sockway.io/include-ports=\"http\"");
        assertThat(pod.attach(1)).contains("sockway.io/include-ports: ").endsWith("the pod does not start, since it requires Sockway\n");
        assertThat(pod.pins()).doesNotExist();

        Files.createDirectory(pod.pins());
        BufferedReader lines = pod.serve().inputReader(StandardCharsets.UTF_8);
        assertThat(InjectedPod.await(lines, "waiting")).contains("connections stay on TCP").contains("nothing is pinned");
        pod.annotate("a=\"b\"");
        pod.attach(0);
        InjectedPod.await(lines, "admin http://");
    }

    @Test
    void shouldLetThePodStartWhenAttachingHangs() throws Exception {
        Bpffs.Lock held = Bpffs.lock(pods);
        try (held) {
            pod.annotate("sockway.io/same-node=\"on\"");
            assertThat(pod.attach(0, "--within=2s")).isEqualTo("sockway: not attached: it took longer than 2 s (--within); the pod starts "
                    + "on plain TCP\n");
            pod.annotate("sockway.io/same-node=\"on\"", "sockway.io/required=\"true\"");
            assertThat(pod.attach(1, "--within=2s")).endsWith("the pod does not start, since it requires Sockway\n");
        }
        assertThat(pod.attach(0)).contains("attached /");
    }

    @Test
    void shouldNotLetTheSidecarReachAnotherPodsPinsNorAttachAnything() throws Exception {
        pod.attach(0);
        Process sidecar = pod.serve();
        InjectedPod.await(sidecar.inputReader(StandardCharsets.UTF_8), "admin http://");
        List<String> inside = new ArrayList<>(InjectedPod.SIDECAR);
        inside.addAll(pod.sockway("attach", "--cgroup", pod.slice().toString(), "--pin-dir", pod.mountedPins().resolve("x").toString()));
        Process attempt = pod.start("sockway", "", inside);
        assertThat(new String(attempt.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("missing capability CAP_BPF");
        // With the host's whole folder in sight, permission on another pod's pins is still missing to another group.
        List<String> stranger = new ArrayList<>(InjectedPod.SIDECAR.stream()
                .map(each -> each.equals(InjectedPod.GROUP) ? "15901" : each).toList());
        stranger.addAll(pod.sockway("status", "--pin-dir", pod.pins().toString()));
        Process look = pod.start("sockway", "", stranger);
        assertThat(new String(look.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("no permission to look into");
    }
}
