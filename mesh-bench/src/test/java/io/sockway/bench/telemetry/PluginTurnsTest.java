package io.sockway.bench.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.report.Machine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the plugin costs, turn by turn. Taking turns needs root, Envoy and nginx. */
class PluginTurnsTest {
    /** Fails, too, if a telemetry of one listener counts what another has answered. */
    @ParameterizedTest
    @EnumSource
    void shouldLoadListenersOfOneEnvoyInTurn(Answers answers) {
        try (Lab lab = Lab.open()) {
            List<PluginCost> costs = lab.run(() -> new PluginTurns(lab, EnvoyBinary.find(Optional.empty()), answers, 5,
                    new PrintWriter(new StringWriter())).measure());

            assertThat(costs).extracting(PluginCost::label).containsExactly("closed loop", "40 % of it", "20 % of it");
            assertThat(costs).allSatisfy(cost -> {
                assertThat(cost.micros()).containsOnlyKeys(Telemetry.NONE, Telemetry.NOOP, Telemetry.PLUGIN, Telemetry.LOGGER);
                assertThat(cost.micros().values()).allSatisfy(turns -> assertThat(turns).hasSize(5).allMatch(micros -> micros > 1));
            });
            assertThat(costs.get(2).rate()).isBetween(0.1 * costs.getFirst().rate(), 0.25 * costs.getFirst().rate());
        }
    }

    @Test
    void shouldCompareTurnsOfOneNumber() {
        // The machine is half as fast in every other turn.
        PluginCost cost = cost(10, 10.2, 12);

        assertThat(cost.ratio(Telemetry.PLUGIN)).satisfies(ratio -> {
            assertThat(ratio.low()).isBetween(1.019, 1.021);
            assertThat(ratio.high()).isBetween(1.019, 1.021);
        });
        assertThat(text(cost)).contains("before nginx, closed loop (1,000 requests a second):",
                "Goal met: the plugin takes x1.020 (1.020-1.020) of none", "is x0.10 of what the logger adds");
    }

    @Test
    void shouldTellGoalsThatAreMissed() {
        assertThat(text(cost(10, 10.4, 11))).contains("Goal missed: the plugin takes x1.040", "Goal missed: what the plugin adds");
    }

    @Test
    void shouldGiveFiguresToPrograms() {
        JsonObject load = JsonParser.parseString(report(cost(10, 10.2, 12)).json()).getAsJsonObject().getAsJsonArray("loads").get(0)
                .getAsJsonObject();

        assertThat(load.get("answers").getAsString()).isEqualTo("nginx");
        assertThat(load.getAsJsonObject("telemetries").getAsJsonObject("plugin").getAsJsonObject("ratio").get("median").getAsDouble())
                .isBetween(1.0199, 1.0201);
        assertThat(load.getAsJsonArray("goals")).hasSize(2);
    }

    @Test
    void shouldEstimateAMedianByRanks() {
        List<Double> values = IntStream.rangeClosed(1, 101).mapToObj(value -> (double) value).toList();

        assertThat(Estimate.of(values)).isEqualTo(new Estimate(41, 51, 61));
        assertThat(Estimate.of(List.of(3.0, 1.0))).isEqualTo(new Estimate(1, 2, 3));
        assertThat(Estimate.of(Collections.nCopies(7, 2.0))).isEqualTo(new Estimate(2, 2, 2));
    }

    private static PluginCost cost(double none, double plugin, double logger) {
        Map<Telemetry, List<Double>> micros = new EnumMap<>(Telemetry.class);
        micros.put(Telemetry.NONE, turns(none));
        micros.put(Telemetry.NOOP, turns(none));
        micros.put(Telemetry.PLUGIN, turns(plugin));
        micros.put(Telemetry.LOGGER, turns(logger));
        return new PluginCost(Answers.NGINX, "closed loop", 1000, micros, 0);
    }

    private static List<Double> turns(double micros) {
        return DoubleStream.iterate(micros, last -> last == micros ? 2 * micros : micros).limit(40).boxed().toList();
    }

    private static String text(PluginCost cost) {
        return report(cost).text();
    }

    private static PluginReport report(PluginCost cost) {
        return new PluginReport("./sockway bench plugin", Instant.EPOCH, Machine.here(Map.of()), List.of(cost));
    }
}
