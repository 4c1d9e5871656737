package io.sockway.bench.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.bench.report.ClientView;
import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.CpuShare;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.VariantResult;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class GoalsTest {
    private final Map<Telemetry, VariantResult> results = new EnumMap<>(Telemetry.class);

    @Test
    void shouldBeMetUpToTheirLimits() {
        put(Telemetry.NONE, 10, 10, 10);
        put(Telemetry.PLUGIN, 10.9, 11, 12);
        put(Telemetry.LOGGER, 14, 14, 14);
        put(Telemetry.MIXER, 13.75, 13.75, 20);

        List<Goal> goals = judge(Answers.DIRECT, "closed");

        assertThat(goals).extracting(Goal::met).containsExactly(true, true, true, true);
        assertThat(goals.getFirst().text()).isEqualTo("16 connections: the proxy's CPU time a request with the plugin is x1.10 "
                + "(1.09-1.20) of that without telemetry; at most x1.10 is the goal");
        assertThat(goals.get(1).text()).contains("the plugin adds to the proxy's CPU time a request is 1.00 us, and the 8-label logger "
                + "adds 4.00 us: x0.25; at most x0.25");
    }

    @Test
    void shouldBeMissedBeyondThemAndSayWhatWasMeasured() {
        put(Telemetry.NONE, 10);
        put(Telemetry.PLUGIN, 10.5);
        put(Telemetry.LOGGER, 11);
        put(Telemetry.MIXER, 12);

        List<Goal> goals = judge(Answers.NGINX, "closed");

        assertThat(goals).extracting(Goal::met).containsExactly(false, false, false, true);
        assertThat(goals.getFirst().text()).contains("x1.05").contains("at most x1.03");
        assertThat(goals.get(2).text()).contains("x0.88").contains("at most x0.80");
        assertThat(goals.getLast().text()).contains("with the plugin, 10.5 us, is x0.70 ",
                "with mixer's reports, 12.0 + 3.0 us; at most x0.80");
    }

    @Test
    void shouldCompareLatenciesOnlyAtTheSameRate() {
        put(Telemetry.PLUGIN, 10);
        put(Telemetry.MIXER, 14);

        assertThat(judge(Answers.DIRECT, "closed")).hasSize(2);
        assertThat(judge(Answers.DIRECT, "open")).extracting(Goal::text).hasSize(5)
                .anyMatch(text -> text.contains("Latency mean with the plugin is x0.71"))
                .anyMatch(text -> text.contains("Latency p50 with the plugin is x0.71"))
                .anyMatch(text -> text.contains("Latency p99 with the plugin is x0.71"));
    }

    @Test
    void shouldBeJudgedByIstiosClientAndTellTheLeanOne() {
        put(Telemetry.PLUGIN, 10);
        put(Telemetry.MIXER, 20);
        put(Telemetry.MIXER_LEAN, 11);

        assertThat(judge(Answers.DIRECT, "closed")).hasSize(2).allMatch(Goal::met).extracting(Goal::text)
                .anyMatch(text -> text.endsWith("is x0.50 (0.50-0.50) of that with mixer's reports, and with the lean client "
                        + "x0.91 (0.91-0.91); at most x0.80 is the goal"))
                .anyMatch(text -> text.contains("20.0 + 3.0 us, and with the lean client x0.71 "));
        assertThat(judge(Answers.DIRECT, "open")).extracting(Goal::text).hasSize(5).allMatch(text -> text.contains("lean client x0."));
        results.remove(Telemetry.MIXER);
        assertThat(judge(Answers.DIRECT, "open")).isEmpty();
    }

    @Test
    void shouldSayThatMixerDidNotKeepUp() {
        put(Telemetry.PLUGIN, 10);
        put(Telemetry.MIXER, 20);

        assertThat(judge(Answers.DIRECT, Map.of("loop", "open", "target_rps", 1_020.0))).extracting(Goal::text)
                .noneMatch(text -> text.contains("keep up"));
        assertThat(judge(Answers.DIRECT, Map.of("loop", "open", "target_rps", 2_000.0))).extracting(Goal::text)
                .anyMatch(text -> text.contains("Latency p50 with the plugin is x0.50 (0.50-0.50) of that with mixer's reports, which only "
                        + "keep up with 1,000 of 2,000 requests a second; at most"));
    }

    @Test
    void shouldNotBeMetAgainstALoggerThatSeemsToCostNothing() {
        put(Telemetry.NONE, 10);
        put(Telemetry.PLUGIN, 9);
        put(Telemetry.LOGGER, 9.5);

        assertThat(judge(Answers.DIRECT, "closed")).extracting(Goal::met).containsExactly(true, false);
    }

    @Test
    void shouldSayThatDisturbedRoundsCannotTell() {
        put(Telemetry.NONE, 10);
        results.put(Telemetry.PLUGIN, result("plugin", 0.3, 9));

        assertThat(judge(Answers.DIRECT, "closed")).extracting(Goal::text).allMatch(text -> text.endsWith("disturbed rounds cannot tell"));
    }

    private List<Goal> judge(Answers answers, String loop) {
        return judge(answers, Map.of("loop", loop));
    }

    private List<Goal> judge(Answers answers, Map<String, Object> load) {
        Comparison comparison = new Comparison("16 connections", load, "none", List.copyOf(results.values()));
        return Goals.judge(comparison, answers, results);
    }

    private void put(Telemetry telemetry, double... proxyMicros) {
        results.put(telemetry, result(telemetry.option(), 0, proxyMicros));
    }

    /** Latencies that are as many milliseconds as the CPU time is microseconds. */
    private static VariantResult result(String name, double disturbance, double... proxyMicros) {
        return new VariantResult(name, DoubleStream.of(proxyMicros).mapToObj(micros -> new Round(
                Map.of(Metric.LATENCY_MEAN, micros * 1_100, Metric.LATENCY_P50, micros * 1_000, Metric.LATENCY_P99, micros * 2_000,
                        Metric.REQUESTS_PER_SECOND, 1_000.0),
                new CpuShare(Map.of(Goals.PROXY, micros, Goals.COLLECTOR, 3.0), 0, false), List.of(),
                new ClientView(Map.of(), List.of(), List.of()), Map.of(), disturbance, Optional.empty(), List.of())).toList(), List.of());
    }
}
