package io.sockway.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SoakCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--duration=0s, '0s' is not a time",
        "--duration=soon, 'soon' is not a time",
        "--connections=0, --connections must be 1 to 4000",
        "--seed=x, Invalid value for option '--seed'",
        "--logs=/nowhere, no folder at /nowhere"})
    void shouldRefuseWrongOptions(String option, String complaint) {
        assertThat(execute(option)).isEqualTo(2);
        assertThat(err.toString().lines().findFirst()).hasValueSatisfying(line -> assertThat(line).contains(complaint));
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldSayInOneLineWhatIsMissing() {
        assertThat(execute("--sockway", "/nowhere/sockway")).isEqualTo(2);
        assertThat(err.toString()).isEqualToIgnoringNewLines(
                "sockway bench soak: no executable file at /nowhere/sockway: name the launcher with --sockway PATH");
    }

    @Test
    void shouldExplainItself() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("Usage: soak", "--duration", "--seed", "Exit codes:");
    }

    private int execute(String... arguments) {
        return new CommandLine(new SoakCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
