package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that cannot be right are mistakes in the call, which change nothing. */
class UsageTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "attach --cgroup /nowhere --max-flows 0 | 0 is not between 1 and 1048576",
        "attach --cgroup /nowhere --exclude-executables haproxy,,envoy | a name of a process is empty; 'none' empties the list",
        "run --cgroup /nowhere --turns 0 | 0 is not at least 1",
        "run --cgroup /nowhere --turns many | 'many' is no whole number of at least 1",
        "bench hop --rounds many | 'many' is no whole number",
        "bench soak --seed many | 'many' is no whole number",
        "run --cgroup /nowhere --admin nowhere.invalid:1 | the host of 'nowhere.invalid:1' is not known",
        "status --admin nowhere.invalid:1 | the host of 'nowhere.invalid:1' is not known",
        "telemetry top --once --admin nowhere.invalid:1 | the host of 'nowhere.invalid:1' is not known",
        "telemetry serve --telemetry-max-series 5 | --telemetry-max-series 5 is not between 16 and 65536",
        "telemetry serve --telemetry-idle 1s | --telemetry-idle 1s is not between 1m and 24h",
        "telemetry config --telemetry-dir relative | --telemetry-dir relative is no absolute path",
        "xds serve --config /nowhere --listen nowhere.invalid:1 | --listen: the host of 'nowhere.invalid:1' is not known",
        "webhook --listen nowhere.invalid:1 --tls-certificate a --tls-key b | the host of 'nowhere.invalid:1' is not known",
        "tune plan --set nosuch=1 | 'nosuch' is no setting: name a sysctl",
        "tune plan --set eth0/ring=1 | 'eth0/ring' is no setting; of a device there are: "})
    void shouldNameTheValueAndTheHelp(String arguments, String problem) {
        Cli.Result result = Cli.run(arguments.split(" "));

        List<String> lines = result.err().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith("sockway: ").contains(problem);
        assertThat(lines.getLast()).matches("Try 'sockway .* --help'\\.");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
    }
}
