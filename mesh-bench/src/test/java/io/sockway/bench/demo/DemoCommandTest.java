package io.sockway.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DemoCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "--rounds=0, --rounds must be 1 to 1000",
        "--duration=1, --duration must be 2 to 3600",
        "--connections=0, --connections must be 1 to 2000",
        "--body=7, '7' is none of 350",
        "'--variants=plain,fast', 'fast' is none of plain",
        "--html=/nowhere/report.html, cannot write /nowhere/report.html",
        "--json=/, cannot write /",
        "--logs=/nowhere, no folder at /nowhere",
        "--colour, Unknown option: '--colour'"})
    void shouldRefuseWrongOptions(String option, String complaint) {
        assertThat(execute(option)).isEqualTo(2);
        assertThat(err.toString().lines().findFirst()).hasValueSatisfying(line -> assertThat(line).contains(complaint));
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--envoy, /nowhere/envoy, no executable file at /nowhere/envoy: name an Envoy with --envoy PATH",
        "--envoy, /bin/true, /bin/true does not report itself as Envoy",
        "--sockway, /nowhere/sockway, no executable file at /nowhere/sockway: name the launcher with --sockway PATH"})
    void shouldSayInOneLineWhatIsMissing(String option, String value, String complaint) {
        assertThat(execute(option, value)).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().startsWith("sockway demo: " + complaint);
    }

    @Test
    void shouldFailWithTheEndOfItsOutputWhenSockwayDoesNotStart() throws Exception {
        Path broken = Files.writeString(folder.resolve("sockway"), "#!/bin/sh\necho the verifier said no\nexit 1\n");
        broken.toFile().setExecutable(true);

        assertThat(execute("--sockway", broken.toString(), "--variants=sockway", "--html", folder.resolve("r.html").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("sockway demo: sockway ended with exit code 1; the end of its output:")
                .contains("the verifier said no");
    }

    @Test
    void shouldExplainItself() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("Usage: demo", "--variants", "--same-node".substring(2), "Exit codes:");
    }

    private int execute(String... arguments) {
        return new CommandLine(new DemoCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
