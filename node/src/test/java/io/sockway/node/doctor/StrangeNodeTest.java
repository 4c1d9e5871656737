package io.sockway.node.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.sockway.node.host.Host;
import io.sockway.node.host.Softnet;
import io.sockway.node.tune.Plan;
import io.sockway.node.tune.Profile;
import io.sockway.node.tune.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that are not as one expects: files that are missing, old, damaged or huge, and machines that change meanwhile. */
class StrangeNodeTest {
    private static final String SOFTNET = "proc/net/softnet_stat";

    @TempDir
    private Path folder;

    private RecordedNode node;

    @BeforeEach
    void record() {
        node = new RecordedNode(folder);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(node.folder())) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private Diagnosis look(Path root) throws InterruptedException {
        try (Doctor doctor = new Doctor(Host.recorded(root), _ -> List.of(MeshState.absent("/pins")))) {
            return doctor.look(Duration.ofMillis(1));
        }
    }

    @ParameterizedTest
    @CsvSource({"9,0", "10,0", "11,0", "13,3", "15,3"})
    void shouldReadSoftnetOfEveryKernel(int columns, int flowLimited) {
        String line = IntStream.range(0, columns)
                .mapToObj(column -> column == 1 ? "%1$08x" : column == 10 && flowLimited > 0 ? "%2$08x" : "00000000")
                .collect(Collectors.joining(" ")) + "\n";
        node.both(SOFTNET, line.formatted(7, 0)).after(SOFTNET, line.formatted(57 + flowLimited, flowLimited));
        assertThat(node.diagnose().findings()).extracting(Finding::id).contains("softnet-drops")
                .hasSize(flowLimited > 0 ? 2 : 1);
        assertThat(node.diagnose().findings().toString()).contains("CPU 0 drops");
    }

    @Test
    void shouldGiveLinesWithoutANumberToTheCpusThatAreOnline() {
        assertThat(Softnet.parse("00000001 00000000 00000000\n\ngarbage\n00000002 00000000 00000000\n", List.of(0, 2)))
                .extracting(Softnet::cpu).containsExactly(0, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u0000\n", "garbage", "1 2 3", "cpu0", "-1", "18446744073709551615",
        "99999999999999999999999999", "   :   :  :  ", "0-4000000000", "eth0: 1", "CPU0 CPUx CPU99999999999\n 1: x"})
    @Timeout(60)
    void shouldLookAtFilesOfAnyContent(String content) throws Exception {
        for (Path file : files()) {
            byte[] before = Files.readAllBytes(file);
            Files.writeString(file, content);
            assertThatCode(() -> node.diagnose()).as("%s is '%s'", file, content).doesNotThrowAnyException();
            Files.write(file, before);
        }
        for (Path file : files()) {
            Files.writeString(file, content);
        }
        assertThatCode(() -> node.diagnose()).doesNotThrowAnyException();
        for (Profile profile : Profile.values()) {
            assertThatCode(() -> new Request(profile, Set.of(), Map.of()).plan(node.host())).doesNotThrowAnyException();
        }
    }

    @Test
    @Timeout(60)
    void shouldLookAtDamagedFiles() throws IOException {
        Random random = new Random(8);
        for (int round = 0; round < 3; round++) {
            for (Path file : files()) {
                byte[] before = Files.readAllBytes(file);
                String text = new String(before, StandardCharsets.ISO_8859_1);
                int cut = text.isEmpty() ? 0 : random.nextInt(text.length());
                String damaged = switch (random.nextInt(4)) {
                    case 0 -> text.substring(0, cut);
                    case 1 -> text.substring(cut);
                    case 2 -> text.replaceAll("\\d", "9");
                    default -> text.substring(0, cut) + (char) random.nextInt(256) + text.substring(Math.min(text.length(), cut + 1));
                };
                Files.write(file, damaged.getBytes(StandardCharsets.ISO_8859_1));
                assertThatCode(() -> node.diagnose()).as("%s is '%s'", file, damaged).doesNotThrowAnyException();
                Files.write(file, before);
            }
        }
    }

    @Test
    void shouldDoWithoutAnyOneFile() throws IOException {
        for (Path file : files()) {
            byte[] before = Files.readAllBytes(file);
            Files.delete(file);
            assertThat(node.diagnose().findings()).as("without %s", file).isEmpty();
            Files.write(file, before);
        }
    }

    @Test
    void shouldSayWhatItCouldNotSeeWithoutSys() throws Exception {
        try (Stream<Path> all = Files.walk(node.folder().resolve("sys"))) {
            for (Path file : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
        Diagnosis diagnosis = look(node.folder());
        assertThat(diagnosis.findings()).isEmpty();
        assertThat(diagnosis.unseen()).extracting(Note::text).anyMatch(text -> text.contains("/sys/class/net is not there"));
    }

    @Test
    @Timeout(20)
    void shouldNotWaitForPipesNorFollowLoops() throws Exception {
        Path proc = node.folder().resolve("proc");
        for (String name : List.of("net/softnet_stat", "vmstat", "interrupts")) {
            Files.delete(proc.resolve(name));
            assertThat(new ProcessBuilder("mkfifo", proc.resolve(name).toString()).start().waitFor()).isZero();
        }
        Files.delete(proc.resolve("net/snmp"));
        Files.createSymbolicLink(proc.resolve("net/snmp"), Path.of("snmp"));
        Files.createDirectories(node.folder().resolve("sys/fs/cgroup"));
        Files.writeString(node.folder().resolve("sys/fs/cgroup/cgroup.controllers"), "cpu\n");
        Files.writeString(node.folder().resolve("sys/fs/cgroup/cgroup.procs"), "");
        Files.createSymbolicLink(node.folder().resolve("sys/fs/cgroup/loop"), Path.of("."));
        Files.createSymbolicLink(proc.resolve("net/sockstat6"), Path.of("/dev/zero"));
        Files.createDirectories(proc.resolve("net/tcp6"));
        assertThat(look(node.folder()).findings()).isEmpty();
        Files.delete(proc.resolve("net/sockstat6"));
    }

    @Test
    @Timeout(20)
    void shouldLookAtHundredsOfCpusAndCards() throws Exception {
        List<Integer> cpus = IntStream.range(0, 512).boxed().toList();
        node.both("sys/devices/system/cpu/online", "0-511\n");
        node.both("proc/stat", "cpu  1000 0 1000 100000 0 0 100 0\n" + cpus.stream().map(cpu -> "cpu" + cpu + " 5 0 5 5 0 0 5 0\n")
                .collect(Collectors.joining()));
        node.both("proc/interrupts", cpus.stream().map(cpu -> "CPU" + cpu).collect(Collectors.joining(" ")) + "\n"
                + IntStream.range(0, 1000).mapToObj(irq -> irq + ": " + "5 ".repeat(512) + "PCI-MSI eth" + irq % 300 + "-rx\n")
                .collect(Collectors.joining()));
        StringBuilder devices = new StringBuilder("Inter-|\n face |\n");
        for (int i = 0; i < 300; i++) {
            devices.append("eth").append(i).append(": 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0\n");
            Path device = node.folder().resolve("sys/class/net/eth" + i);
            Files.createDirectories(device.resolve("device"));
            Files.createDirectories(device.resolve("queues/rx-0"));
        }
        node.both("proc/net/dev", devices.toString());
        assertThat(look(node.folder()).findings()).isEmpty();
        assertThat(look(node.folder()).cpus()).isEqualTo(512);
    }

    @Test
    void shouldLookWhileCpusComeAndGo() {
        String line = "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 %08x\n";
        node.both(SOFTNET, line.formatted(0) + line.formatted(1)).after(SOFTNET, line.formatted(1) + line.formatted(2)
                .replaceFirst("00000000 0", "00000000 9"));
        node.both("proc/stat", "cpu  900 0 900 90000 0 0 90 0\ncpu0 450 0 450 45000 0 0 45 0\ncpu1 450 0 450 45000 0 0 45 0\n")
                .after("proc/stat", "cpu  900 0 900 90100 0 0 90 0\ncpu1 450 0 450 45100 0 0 45 0\ncpu2 5 0 0 0 0 0 9999 0\n");
        node.both("proc/interrupts", "  CPU0 CPU1\n 5: 100000 1 PCI eth0-rx\n")
                .after("proc/interrupts", "  CPU1 CPU2\n 5: 2 999999 PCI eth0-rx\n");
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldTakeCountersThatBeganAgainForNothing() throws IOException {
        for (String file : List.of("netstat", "snmp", "dev", "softnet_stat", "stat/nf_conntrack")) {
            node.edit("proc/net/" + file, text -> text.replaceAll("(?<=\\s)[0-9a-f]{8}", "00000000").replaceAll("(?<= )\\d+", "0"));
        }
        assertThat(node.diagnose().findings()).isEmpty();
    }

    @Test
    void shouldCountBeyond63Bits() {
        node.edit("proc/vmstat", text -> text.replaceFirst("(?m)^oom_kill \\d+$", "oom_kill 18446744073709551615"));
        assertThatCode(() -> node.diagnose()).doesNotThrowAnyException();
        node.both("proc/vmstat", "oom_kill 18446744073709551610\n").after("proc/vmstat", "oom_kill 18446744073709551613\n");
        assertThat(node.diagnose().findings()).singleElement().matches(found -> found.evidence().getFirst().startsWith("3 processes"));
    }

    @Test
    void shouldPlanForAMachineWithoutAnything() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        for (Profile profile : Profile.values()) {
            Plan plan = new Request(profile, Set.of(), Map.of()).plan(Host.recorded(empty));
            assertThat(plan.steps()).isEmpty();
        }
    }
}
