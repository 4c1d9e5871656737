package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Needs root. */
class LabTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Test
    void shouldRemoveAllThatItMade() throws Exception {
        String name;
        LabProcess process;
        try (Lab lab = Lab.open()) {
            name = lab.name();
            Pod pod = lab.pod("only", 1, IpFamily.IPV4, OptionalInt.empty());
            process = pod.processes().start(lab.scope(), new ProcessSpec("sleeper", User.APP, List.of("sleep", "60")));
            assertThat(Traces.of(name)).hasSize(3);
        }
        assertThat(Traces.of(name)).isEmpty();
        assertThat(ProcessHandle.of(process.pid())).isEmpty();
    }

    @Test
    void shouldStartProcessesInCgroupNamespaceAndAsTheUser() throws Exception {
        try (Lab lab = Lab.open()) {
            Pod pod = lab.pod("only", 1, IpFamily.IPV4, OptionalInt.empty());

            LabProcess process = pod.processes().start(lab.scope(), new ProcessSpec("reporter", User.PROXY,
                    List.of("sh", "-c", "id -u; id -g; cat /proc/self/cgroup; readlink /proc/self/ns/net")));
            process.awaitSuccess(LIMIT);

            String namespace = pod.namespace().command("readlink", "/proc/self/ns/net").run().strip();
            assertThat(process.output().lines()).startsWith("1337", "1337").endsWith(namespace)
                    .contains("0::/" + CgroupMount.find().relativize(pod.processes().cgroup().directory()));
            assertThat(namespace).isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
        }
    }

    @Test
    void shouldKeepAProcessToItsCpuAndInItsGroup() {
        try (Lab lab = Lab.open()) {
            ProcessGroup group = lab.pod("only", 1, IpFamily.IPV4, OptionalInt.empty()).processes();
            int cpu = Cpus.allowed().getLast();

            LabProcess process = group.on(cpu).start(lab.scope(), new ProcessSpec("pinned", User.APP,
                    List.of("sh", "-c", "grep Cpus_allowed_list /proc/self/status; sleep 60")));

            assertThat(process.awaitLine("Cpus_allowed_list:", LIMIT)).isEqualTo(Integer.toString(cpu));
            assertThat(group.processes()).containsEntry(process.pid(), "pinned");
            assertThat(process.pids()).hasSizeGreaterThan(1).startsWith(process.pid());
        }
    }

    @Test
    void shouldRunJavaInsideANamespaceAndNotLeakIt() throws Exception {
        try (Lab lab = Lab.open()) {
            Pod pod = lab.pod("only", 1, IpFamily.IPV4, OptionalInt.empty());
            Path own = Path.of("/proc/thread-self/ns/net");

            Path inside = pod.namespace().call(() -> Files.readSymbolicLink(own));

            assertThat(inside.toString()).isEqualTo(pod.namespace().command("readlink", "/proc/self/ns/net").run().strip());
            assertThat(Files.readSymbolicLink(own)).isNotEqualTo(inside);
            assertThatThrownBy(() -> pod.namespace().call(() -> {
                throw new LabException("from inside");
            })).isInstanceOf(LabException.class).hasMessage("from inside");
        }
    }

    @Test
    void shouldKillWhatIgnoresBeingAsked() throws Exception {
        try (Lab lab = Lab.open()) {
            ProcessGroup group = lab.hostProcesses("stubborn");
            LabProcess process;
            try (Scope scope = lab.scope().child()) {
                process = group.start(scope, new ProcessSpec("stubborn", User.ROOT,
                        List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")));
                process.awaitLine("ready", LIMIT);
            }
            assertThat(ProcessHandle.of(process.pid())).isEmpty();
        }
    }

    @Test
    void shouldShowTheEndOfTheOutputOfAProcessThatFails() {
        try (Lab lab = Lab.open()) {
            LabProcess process = lab.hostProcesses("failing").start(lab.scope(),
                    new ProcessSpec("failing", User.ROOT, List.of("sh", "-c", "seq 1 100; exit 3")));

            assertThatThrownBy(() -> process.awaitLine("ready", LIMIT)).isInstanceOf(LabException.class)
                    .hasMessageStartingWith("failing ended with exit code 3").hasMessageEndingWith("  100")
                    .hasMessageNotContaining("  80");
        }
    }

    @Test
    void shouldRemoveWhatAKilledLabLeftAndLeaveALivingOneAlone() throws Exception {
        Process killed = LabProgram.start();
        Process living = LabProgram.start();
        try (var killedSays = killed.inputReader(); var livingSays = living.inputReader()) {
            String[] left = killedSays.readLine().split(" ");
            String[] used = livingSays.readLine().split(" ");
            killed.destroyForcibly().waitFor();
            assertThat(Traces.of(left[0])).hasSize(3);
            assertThat(ProcessHandle.of(Long.parseLong(left[1]))).isPresent();

            Lab.open().close();

            assertThat(Traces.of(left[0])).isEmpty();
            Await.until(() -> ProcessHandle.of(Long.parseLong(left[1])).isEmpty(), LIMIT, () -> "the sleeper still runs");
            assertThat(Traces.of(used[0])).hasSize(3);

            living.destroy();
            living.waitFor();
            assertThat(Traces.of(used[0])).isEmpty();
            assertThat(ProcessHandle.of(Long.parseLong(used[1]))).isEmpty();
        } finally {
            living.destroy();
        }
    }
}
