package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.BenchCommand;
import io.sockway.bench.lab.Tool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class HopCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--rounds=0, --rounds must be 1 to 1000",
        "--duration=1, --duration must be 20 to 60000",
        "--sizes=7, '7' is none of 1",
        "'--patterns=stream,fast', 'fast' is none of ping-pong",
        "--cores=three, 'three' is none of same",
        "--routes=around, 'around' is none of direct",
        "--families=ipx, 'ipx' is none of ipv4",
        "--variants=pipe, 'pipe' is none of plain",
        "'--variants=sockway,beside', beside needs a host without Sockway",
        "--patterns=http --sizes=64, none of the patterns is measured with these --sizes",
        "--quick --sizes=1, --quick has none of the cells",
        "--html=/nowhere/report.html, cannot write /nowhere/report.html",
        "--json=/, cannot write /",
        "--logs=/nowhere, no folder at /nowhere",
        "--colour, Unknown option: '--colour'"})
    void shouldRefuseWrongOptions(String options, String complaint) {
        assertThat(execute(("hop " + options).split(" "))).isEqualTo(2);
        assertThat(err.toString().lines().findFirst()).hasValueSatisfying(line -> assertThat(line).contains(complaint));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldSayInOneLineWhatIsMissing() {
        assertThat(execute("hop", "--sockway", "/nowhere/sockway")).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString()
                .startsWith("sockway bench hop: no executable file at /nowhere/sockway: name the launcher with --sockway PATH");
    }

    @Test
    void shouldSayInOneLineThatNginxIsMissing() throws Exception {
        Process process = new ProcessBuilder("unshare", "--mount", "sh", "-c", "mount --bind /dev/null \"$0\" && exec \"$@\"",
                Tool.NGINX.path().toString(), Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), HopProgram.class.getName(), "hop", "--patterns=http", "--variants=plain")
                .redirectErrorStream(true).start();

        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("sockway bench hop: nginx not found: install it, for example by apt-get install nginx\n");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void shouldExplainItself() {
        assertThat(execute("hop", "--help")).isZero();
        assertThat(out.toString()).contains("bench hop", "--quick", "--sizes", "in-flight, connect, http", "Exit codes:");
    }

    @Test
    void shouldSayWhichMeasurementsThereAre() {
        assertThat(execute()).isEqualTo(2);
        assertThat(err.toString()).contains("Usage: bench", "hop");
    }

    private int execute(String... arguments) {
        return new CommandLine(new BenchCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
