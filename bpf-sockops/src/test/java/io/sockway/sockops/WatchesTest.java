package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bpf.Bpffs;
import io.sockway.bpf.Trampoline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where those are noticed that redirected bytes would hurt, and that they are, in time. */
class WatchesTest {
    private static final String PORT = "8080";
    private static final String EXECUTABLE = "acceptor";

    /** Of its own, since what others have pinned beside counts. */
    private final Path pins = Bpffs.MOUNT_POINT.resolve(KernelFixture.name());
    @TempDir
    private Path folder;
    private Sandbox pod;
    private KernelFixture sockway;

    @BeforeEach
    void attach() throws IOException {
        Files.createDirectory(pins);
        pod = new Sandbox();
        sockway = KernelFixture.in(pins, pod);
    }

    @AfterEach
    void detach() throws IOException {
        if (sockway != null) {
            sockway.close();
        }
        if (pod != null) {
            pod.close();
        }
        Files.delete(pins);
    }

    @Test
    void shouldLeaveTheSystemCallsOfOthersAlone() throws IOException {
        assertThat(watches(sockway.accelerator())).isEqualTo(Trampoline.mayBeOffered()
                ? Set.of("tcp_splice_read", "inet_csk_accept", "security_socket_setsockopt", "security_file_fcntl", "security_file_ioctl")
                : Set.of("tcp_rcv_space_adjust"));
        assertThat(sockway.accelerator().features()).contains(Feature.SPLICE_WATCH, Feature.ACCEPT_WATCH, Feature.FREE_SYSTEM_CALLS);
    }

    @Test
    void shouldWatchReadsOnceOnly() throws IOException {
        try (KernelFixture second = KernelFixture.in(pins)) {
            assertThat(second.accelerator().features()).contains(Feature.SPLICE_WATCH, Feature.ACCEPT_WATCH, Feature.OPTION_WATCH,
                    Feature.FREE_READS);
            assertThat(watches(second.accelerator())).contains(Trampoline.mayBeOffered() ? "tcp_splice_read" : "sys_enter_splice")
                    .doesNotContain("tcp_rcv_space_adjust");
        }
    }

    /** Enrolled: how often one of the two connections is, over which the process is asked one after the other. */
    @ParameterizedTest
    @CsvSource({"none, false, 2, ", "none, true, 0, ", "listens, true, 0, ", "splices, false, 0, SPLICE", "blocks, false, 1, BLOCKING"})
    void shouldKnowWhoAcceptsBeforeAnythingIsEnrolled(String habit, boolean excluded, int enrolled, Reason noted) throws Exception {
        if (excluded) {
            sockway.accelerator().excludeExecutables(Set.of(EXECUTABLE));
        }
        String script = folder.resolve("owners.py").toString();
        try (InputStream in = WatchesTest.class.getResourceAsStream("/owners.py")) {
            Files.copy(in, Path.of(script));
        }
        Path python = Files.createSymbolicLink(folder.resolve(EXECUTABLE), Path.of("/usr/bin/python3"));
        Process server = inPod(python.toString(), script, "serve", habit, PORT);
        try (var output = server.inputReader(StandardCharsets.UTF_8)) {
            assertThat(output.readLine()).isEqualTo("ready");
            for (int i = 0; i < 2; i++) {
                assertThat(inPod("python3", script, "ask", habit, PORT).waitFor()).isZero();
            }
        } finally {
            server.destroyForcibly().waitFor();
            Files.delete(python);
        }
        assertThat(sockway.accelerator().counters().enrolled()).isEqualTo(enrolled);
        List<Habit> habits = sockway.accelerator().habits();
        assertThat(habits).extracting(Habit::reason).isEqualTo(noted == null ? List.of() : List.of(noted));
        assertThat(habits).extracting(Habit::name).containsOnly(noted == null ? new String[0] : new String[] {EXECUTABLE});
        assertThat(habits).extracting(Habit::process).containsOnly(noted == null ? new Integer[0] : new Integer[] {(int) server.pid()});
    }

    private Process inPod(String... command) throws IOException {
        return pod.start(Stream.concat(Stream.of("ip", "netns", "exec", pod.namespace()), Stream.of(command)).toArray(String[]::new));
    }

    private static Set<String> watches(Accelerator accelerator) throws IOException {
        try (Stream<Path> pins = Files.list(accelerator.pinDir().resolve("watches"))) {
            return Set.copyOf(pins.map(pin -> pin.getFileName().toString()).toList());
        }
    }
}
