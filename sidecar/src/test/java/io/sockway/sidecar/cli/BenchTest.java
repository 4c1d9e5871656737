package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short runs of what {@code bench} does with this build's Sockway. Needs root. */
class BenchTest {
    private static final Path BACKLOG = Path.of("/proc/sys/net/core/netdev_max_backlog");

    @TempDir
    private Path folder;
    private Path launcher;

    @BeforeEach
    void writeLauncher() throws IOException {
        launcher = Files.writeString(folder.resolve("sockway"), Cli.command().stream()
                .map(word -> "'" + word + "'").collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n")));
        launcher.toFile().setExecutable(true);
    }

    @Test
    void shouldFindNoDifferenceAndRedirect() {
        String out = bench("soak", "--duration", "5s", "--connections", "60");

        assertThat(out.lines().toList().getLast()).startsWith("total: ").doesNotContain(" 0.0 MiB redirected");
    }

    @Test
    void shouldMeasureTcpThatSockwayIsNotAttachedTo() throws IOException {
        Path json = folder.resolve("hop.json");

        String out = bench("hop", "--variants=beside", "--sizes=64", "--patterns=ping-pong", "--cores=same", "--routes=direct",
                "--families=ipv4", "--rounds=1", "--duration=100", "--json", json.toString());

        assertThat(out).contains("TCP beside Sockway, same core, direct, IPv4");
        JsonObject beside = JsonParser.parseString(Files.readString(json)).getAsJsonObject().getAsJsonArray("cells").get(0)
                .getAsJsonObject().getAsJsonObject("variants").getAsJsonObject("beside").getAsJsonArray("rounds").get(0).getAsJsonObject();
        assertThat(beside.get("requests").getAsLong()).isPositive();
        assertThat(beside.get("tcp_share").getAsDouble()).isGreaterThan(0.9);
    }

    @Test
    void shouldMakeFaultsThatDoctorNamesAndTuneMends() throws IOException {
        Path scenario = Files.writeString(folder.resolve("faults.yaml"), """
                scenario: faults
                topology: network
                link: host
                faults: [input-queue, ports]
                load: {connections: 2, duration: 2s}
                rounds: 1
                variants: [{name: as it is}]
                """);
        byte[] backlog = Files.readAllBytes(BACKLOG);
        Path json = folder.resolve("faults.json");

        String out = bench("run", scenario.toString(), "--json", json.toString());

        assertThat(out).contains("fault input-queue: doctor: softnet-drops (", "enqueue_to_backlog",
                "gone after 'tune apply --only kernel-input'", "fault ports: doctor: port-exhaustion (100 of 100 local ports",
                "connections of 400: 100, then 400: x4.00; all put back");
        assertThat(json).content().contains("\"goals\"");
        assertThat(Files.readAllBytes(BACKLOG)).isEqualTo(backlog);
    }

    private String bench(String... arguments) {
        List<String> command = new ArrayList<>(List.of("bench"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--sockway", launcher.toString()));
        Cli.Result result = Cli.run(command.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }
}
