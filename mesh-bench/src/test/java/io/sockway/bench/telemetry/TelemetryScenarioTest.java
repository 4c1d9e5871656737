package io.sockway.bench.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.JsonReport;
import io.sockway.bench.report.Report;
import io.sockway.bench.report.TextReport;
import io.sockway.bench.report.VariantResult;
import io.sockway.bench.run.ScenarioRun;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Scenario;
import io.sockway.bench.scenario.ScenarioException;
import io.sockway.bench.scenario.ScenarioReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped comparisons of telemetries. Running one needs root, Envoy and the time of a slice for each variant. */
class TelemetryScenarioTest {
    private static final String SHORT = "quick: {rounds: 1, series: [10], load: {rate: max, duration: 2s, connections: 4}}";

    /** Without the variants that only {@link #shouldCountWithTheOtherTelemetriesToo} tries. */
    @Test
    void shouldMeasureTelemetriesAndCountEveryRequest() throws Exception {
        String text = shipped("telemetry").replaceFirst("(?m)^quick: .*$", SHORT)
                .replaceAll("(?m)^- .*telemetry: (noop|logger-25|access-logs|mixer-lean)}\n", "");
        Scenario scenario = read(text, true);
        scenario.blueprint().require(new Programs(Optional.empty(), Optional.empty(), Optional.empty()));

        Report report = ScenarioRun.run(scenario, "bench run telemetry", Optional.empty(), new PrintWriter(new StringWriter()));

        Comparison comparison = report.comparisons().getFirst();
        assertThat(comparison.variants()).extracting(VariantResult::name).containsExactly("none", "plugin", "logger 8", "mixer");
        assertThat(comparison.variants()).flatExtracting(VariantResult::problems).isEmpty();
        assertThat(comparison.variants()).allSatisfy(variant -> {
            assertThat(variant.cpuMicrosByProcess().get(Goals.PROXY)).isPositive();
            assertThat(variant.extra("envoy_resident_10_series_mib").getAsDouble()).isGreaterThan(10);
        });
        assertThat(comparison.variants().stream().filter(variant -> variant.extra("collector_resident_10_series_mib").isPresent())
                .collect(Collectors.toMap(VariantResult::name, variant -> variant.cpuMicrosByProcess().get(Goals.COLLECTOR) > 0)))
                .isEqualTo(Map.of("mixer", true));
        assertThat(report.goals()).hasSize(4);
        assertThat(TextReport.render(report)).contains("Goal ", "envoy resident 10 series mib", "collector");
        assertThat(JsonReport.render(report)).contains("\"goals\"", "\"met\"", "\"collector_resident_10_series_mib\"");
    }

    /** Fails if Envoy and the telemetry do not count alike. */
    @ParameterizedTest
    @CsvSource({"NOOP, DIRECT", "LOGGER_25, DIRECT", "ACCESS_LOGS, NGINX", "MIXER_LEAN, NGINX"})
    void shouldCountWithTheOtherTelemetriesToo(Telemetry telemetry, Answers answers) {
        try (Lab lab = Lab.open()) {
            Pod pod = lab.pod("proxy", 1, IpFamily.IPV4, OptionalInt.empty());
            Place place = new Place(lab, pod, pod.processes(), EnvoyBinary.find(Optional.empty()), answers, List.of(3));

            assertThat(SeriesMemory.measure(place, telemetry)).containsKey("envoy_resident_3_series_mib")
                    .hasSize(telemetry.collected() ? 2 : 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"telemetry", "telemetry-proxied"})
    void shouldShipBothWithTheSameVariants(String name) throws Exception {
        Scenario scenario = read(shipped(name), false);

        assertThat(scenario.name()).isEqualTo(name);
        assertThat(scenario.variants()).containsExactly("none", "plugin", "noop module", "logger 8", "logger 25", "access logs", "mixer",
                "mixer lean");
        assertThat(scenario.loads()).hasSize(4);
        assertThat(read(shipped(name), true).loads()).hasSizeLessThan(3);
    }

    @Test
    void shouldNameWhatIsWrongInAScenario() throws Exception {
        String text = shipped("telemetry").replace("telemetry: mixer}", "telemetry: mixr}").replace("answers: direct", "answers: ngnx")
                .replace("series: [10, 1000, 10000]", "series: [0]").replace("protocol: http1", "protocol: tcp");

        assertThatThrownBy(() -> read(text, false)).isInstanceOf(ScenarioException.class)
                .hasMessageContaining("'mixr'").hasMessageContaining("mixer").hasMessageContaining("'ngnx'")
                .hasMessageContaining("a whole number of 1 to 15000")
                .hasMessageContaining("are about HTTP");
    }

    private static Scenario read(String text, boolean quick) {
        return ScenarioReader.read("telemetry.yaml", text, quick, List.of(new OneEnvoy()));
    }

    private static String shipped(String name) throws IOException {
        try (InputStream in = Scenario.class.getResourceAsStream(name + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
