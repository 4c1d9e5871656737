package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.lab.ProjectHome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Needs root, iptables, nginx and wrk. */
class HopRunTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @Test
    void shouldMeasureByTcpAndByUnixSocketAndLeaveNothingBehind() throws Exception {
        JsonArray cells = run("--variants=unix", "--sizes=64k", "--patterns=stream,in-flight,connect", "--cores=same", "--routes=direct",
                "--families=mapped");

        assertThat(cells).hasSize(3).allSatisfy(cell -> {
            assertThat(sample(cell.getAsJsonObject(), "plain").get("requests").getAsLong()).isPositive();
            assertThat(sample(cell.getAsJsonObject(), "plain").get("cpu_nanos").getAsDouble()).isPositive();
            assertThat(sample(cell.getAsJsonObject(), "plain").get("tcp_share").getAsDouble()).isGreaterThan(0.9);
            assertThat(sample(cell.getAsJsonObject(), "unix").get("requests").getAsLong()).isPositive();
        });
    }

    @Test
    void shouldProveThatSockwayCarriedAPingPong() throws Exception {
        JsonArray cells = run("--variants=" + (built() ? "sockway" : "plain"), "--sizes=64,256,1k", "--patterns=ping-pong", "--cores=same",
                "--routes=redirect", "--families=mapped");

        assertThat(cells).allSatisfy(cell ->
                assertThat(sample(cell.getAsJsonObject(), "plain").get("tcp_share").getAsDouble()).isGreaterThan(0.9));
        if (built()) {
            // On a busy machine a flow may be enrolled after it was measured, but not each of them.
            assertThat(cells).anySatisfy(cell ->
                    assertThat(sample(cell.getAsJsonObject(), "sockway").get("tcp_share").getAsDouble()).isLessThan(0.1));
        }
    }

    @Test
    void shouldMeasureHttpAndProveThatSockwayCarriedIt() throws Exception {
        JsonArray cells = run("--variants=" + (built() ? "sockway" : "plain"), "--patterns=http", "--sizes=100,64k", "--cores=same",
                "--routes=redirect", "--families=mapped");

        assertThat(cells).extracting(cell -> cell.getAsJsonObject().get("connections").getAsInt()).containsExactly(1, 1, 32, 32);
        assertThat(cells).allSatisfy(cell -> {
            JsonObject plain = sample(cell.getAsJsonObject(), "plain");
            assertThat(plain.get("requests").getAsLong()).isPositive();
            // Both ends share one CPU.
            assertThat(plain.get("cpu_nanos").getAsDouble()).isPositive().isLessThan(plain.get("time_nanos").getAsDouble() * 1.1);
            assertThat(plain.get("tcp_share").getAsDouble()).isGreaterThan(0.8);
        });
        if (built()) {
            assertThat(cells).anySatisfy(cell ->
                    assertThat(sample(cell.getAsJsonObject(), "sockway").get("tcp_share").getAsDouble()).isLessThan(0.1));
        }
    }

    @Test
    void shouldMeasureHttpOverIpv6() throws Exception {
        assertThat(run("--variants=plain", "--patterns=http", "--sizes=4k", "--cores=same", "--families=ipv6")).hasSize(4)
                .allSatisfy(cell -> assertThat(sample(cell.getAsJsonObject(), "plain").get("requests").getAsLong()).isPositive());
    }

    /** The launcher may not be built yet when this module is tested; then plain TCP alone is measured. */
    private static boolean built() {
        return ProjectHome.find("sockway").map(launcher -> launcher.resolveSibling("sidecar/target/sockway.jar"))
                .filter(Files::exists).isPresent();
    }

    private JsonArray run(String... options) throws IOException {
        Path json = folder.resolve("hop.json");
        Path html = folder.resolve("hop.html");
        List<String> arguments = Stream.concat(Stream.of(options), Stream.of("--rounds=1", "--duration=100", "--json", json.toString(),
                "--html", html.toString())).toList();

        int exitCode = new CommandLine(new HopCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));

        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
        assertThat(html).content().contains("<h2>How it was measured</h2>");
        assertThat(traces()).isEmpty();
        return JsonParser.parseString(Files.readString(json)).getAsJsonObject().getAsJsonArray("cells");
    }

    private static JsonObject sample(JsonObject cell, String variant) {
        return cell.getAsJsonObject("variants").getAsJsonObject(variant).getAsJsonArray("rounds").get(0).getAsJsonObject();
    }

    /** Namespaces, folders and pins of this process's labs. */
    private static List<Path> traces() throws IOException {
        String prefix = "sockway-lab-" + ProcessHandle.current().pid() + "-";
        Stream.Builder<Path> found = Stream.builder();
        for (Path parent : List.of(Path.of("/run/netns"), Path.of("/run/sockway-lab"), Path.of("/sys/fs/bpf"))) {
            if (Files.isDirectory(parent)) {
                try (Stream<Path> entries = Files.list(parent)) {
                    entries.filter(entry -> entry.getFileName().toString().startsWith(prefix)).forEach(found);
                }
            }
        }
        return found.build().toList();
    }
}
