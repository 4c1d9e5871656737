package io.sockway.xds.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.testing.PeerRecord;
import io.sockway.xds.yaml.Problem;
import io.sockway.xds.yaml.Problems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerFileTest {
    @TempDir
    private Path folder;

    private final PeerRecord record = new PeerRecord();

    private static String peers(int count, int changed) {
        StringBuilder text = new StringBuilder("peers:\n");
        for (int i = 0; i < count; i++) {
            text.append("  10.0.%d.%d: {workload: web-%d, namespace: demo, version: v%d}\n".formatted(i / 250, i % 250, i,
                    i == changed ? 2 : 1));
        }
        return text.toString();
    }

    @Test
    void shouldReadWorkloadsByAddressOfBothFamilies() {
        Problems problems = new Problems();

        PeerTable table = PeerFile.parse("p.yaml", """
                peers:
                  10.0.0.2: {workload: web-v1, namespace: demo, app: web, version: v1, canonical_service: web,
                             canonical_revision: v1, cluster: east, service_account: web, services: [web.demo]}
                  fd00::2: {workload: db}
                """, problems);

        assertThat(problems.all()).isEmpty();
        assertThat(table.workloads()).containsEntry("10.0.0.2", new Workload("web-v1", "demo", "web", "v1", "web", "v1", "east", "web",
                Map.of("web.demo", Set.of())))
                .containsEntry("fd00:0:0:0:0:0:0:2", new Workload("db", "", "", "", "", "latest", "", "", Map.of()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{pers: {}} | p.yaml:1:2: unknown key 'pers' in a peer file; did you mean 'peers'?",
        "{peers: {web: {workload: w}}} | p.yaml:1:10: 'web' is no IP address",
        "{peers: {10.0.0.1: {workload: w, nmespace: n}}} | p.yaml:1:34: unknown key 'nmespace' in a peer; did you mean 'namespace'?",
        "{peers: {10.0.0.1: {app: w}}} | p.yaml:1:10: peer 10.0.0.1 has no 'workload'; name it"})
    void shouldSayWhereWhatIsWrong(String text, String problem) {
        Problems problems = new Problems();

        PeerFile.parse("p.yaml", text, problems);

        assertThat(problems.all().stream().map(Problem::toString)).isEqualTo(List.of(problem));
    }

    @Test
    void shouldTellOfOneChangeOutOfTenThousandAndKeepTheTableWhenTheFileIsBad() throws Exception {
        Path file = Files.writeString(folder.resolve("peers.yaml"), peers(10_000, -1));
        try (PeerFile _ = PeerFile.open(file, record)) {
            assertThat(record.next().changes().changed()).hasSize(10_000);

            Files.writeString(file, peers(10_000, 77));

            PeerRecord.Told told = record.next();
            assertThat(told.changes().changed()).containsOnlyKeys("10.0.0.77");
            assertThat(told.changes().removed()).isEmpty();
            assertThat(told.table().workloads()).hasSize(10_000);
            System.out.printf("peer file: one change out of 10,000 told %.1f ms after the file was opened again%n",
                    told.age().toNanos() / 1e6);

            Files.writeString(file, "peers: [");
            assertThat(record.trouble()).startsWith("peers.yaml:1:9: not valid YAML");
            Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
            assertThat(record.trouble()).isEqualTo("peers.yaml:1:1: is not UTF-8 text");
            Files.writeString(file, peers(9_999, 77));
            assertThat(record.next().changes().removed()).containsExactly("10.0.39.249");
        }
    }

    @Test
    void shouldTellThatAFileIsGoodAgainAlsoWhenItSaysWhatItSaidBefore() throws Exception {
        Path file = Files.writeString(folder.resolve("peers.yaml"), peers(2, -1));
        try (PeerFile _ = PeerFile.open(file, record)) {
            record.next();
            Files.writeString(file, "peers: [");
            record.trouble();

            Files.writeString(file, peers(2, -1));

            assertThat(record.recovery()).isTrue();
        }
    }

    @Test
    void shouldReadNoMoreThanMemoryHoldsAndGoOnWithWhatItHas() throws Exception {
        Path file = Files.writeString(folder.resolve("peers.yaml"), peers(2, -1));
        try (PeerFile _ = PeerFile.open(file, 1 << 20, record)) {
            assertThat(record.next().table().workloads()).hasSize(2);

            Files.writeString(file, peers(1_000, -1));

            assertThat(record.trouble()).isEqualTo("peers.yaml:1:1: has 61 kB of files, and 1 MB of memory are enough for 10 kB; start "
                    + "with SOCKWAY_JAVA_OPTS=-Xmx6m");
            Files.writeString(file, peers(3, -1));
            assertThat(record.next().table().workloads()).hasSize(3);
        }
    }

    @Test
    void shouldNotWaitForWhatAPipeSays() throws Exception {
        Path pipe = folder.resolve("peers.yaml");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        try (PeerFile _ = PeerFile.open(pipe, record)) {
            assertThat(record.trouble()).contains("it is a pipe, a socket or a device");
        }
    }
}
