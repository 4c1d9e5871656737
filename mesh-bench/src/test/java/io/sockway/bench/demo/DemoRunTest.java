package io.sockway.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Needs root, Envoy, nginx and wrk. */
class DemoRunTest {
    @TempDir
    private Path folder;

    @Test
    void shouldMeasureThePlainMeshAndWriteBothReports() throws Exception {
        Path html = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        int exitCode = new CommandLine(new DemoCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(
                "--variants=plain", "--rounds=1", "--duration=2", "--html", html.toString(), "--json", json.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
        assertThat(out.toString()).contains("round 1 of 1:  plain ", "Requests per second", "Proof:", "Report: " + html);
        assertThat(html).content().contains("<svg", "wrk where the client is, with one thread");
        JsonObject round = JsonParser.parseString(Files.readString(json)).getAsJsonObject().getAsJsonArray("variants").get(0)
                .getAsJsonObject().getAsJsonArray("rounds").get(0).getAsJsonObject();
        assertThat(round.get("rps").getAsDouble()).isGreaterThan(100);
        assertThat(round.get("cpu_us_per_request").getAsDouble()).isPositive();
        assertThat(round.get("errors").getAsLong()).isZero();
        assertThat(round.getAsJsonArray("hops")).hasSize(3).allSatisfy(hop -> assertThat(
                hop.getAsJsonObject().get("tcp_bytes_received_per_request").getAsDouble()).isBetween(350.0, 1_500.0));
    }
}
