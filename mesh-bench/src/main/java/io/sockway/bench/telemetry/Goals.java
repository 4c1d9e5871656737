package io.sockway.bench.telemetry;

import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.VariantResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What the plugin is meant to cost, at most, against nothing, against Envoy's own logger and against mixer. Ratios are taken round by
 * round, and the median of them counts; each is told whether it is met or not. Mixer is what Istio 1.4 had; a goal against it also tells
 * the ratio to the lean client, which decides nothing.
 */
final class Goals {
    static final String PROXY = "envoy (proxy)";
    static final String COLLECTOR = "collector";
    static final double MOST_OF_LOGGERS_ADDITION = 0.25;
    private static final double MOST_OF_NONE_DIRECT = 1.10;
    private static final double MOST_OF_NONE_PROXIED = 1.03;
    private static final double MOST_OF_MIXER = 0.80;
    private static final double ON_TARGET = 0.98;
    private static final List<Metric> LATENCIES = List.of(Metric.LATENCY_MEAN, Metric.LATENCY_P50, Metric.LATENCY_P99);

    private final Comparison comparison;
    private final Answers answers;
    private final Map<Telemetry, VariantResult> results;
    private final List<Goal> goals = new ArrayList<>();

    private Goals(Comparison comparison, Answers answers, Map<Telemetry, VariantResult> results) {
        this.comparison = comparison;
        this.answers = answers;
        this.results = results;
    }

    /**
     * Judges one load.
     *
     * @param results of the variants that were measured, over the rounds that count
     */
    static List<Goal> judge(Comparison comparison, Answers answers, Map<Telemetry, VariantResult> results) {
        Goals judged = new Goals(comparison, answers, results);
        judged.againstNothing();
        judged.againstLogger();
        judged.againstMixer();
        return judged.goals;
    }

    /** How much CPU time a request may take with the plugin, as a ratio to none. */
    static double mostOfNone(Answers answers) {
        return answers == Answers.DIRECT ? MOST_OF_NONE_DIRECT : MOST_OF_NONE_PROXIED;
    }

    private void againstNothing() {
        ratio(Telemetry.NONE, Goals::proxyMicros).ifPresent(ratio -> add("the proxy's CPU time a request with the plugin",
                "of that without telemetry", ratio, mostOfNone(answers)));
    }

    private void againstLogger() {
        if (results.keySet().containsAll(List.of(Telemetry.NONE, Telemetry.PLUGIN, Telemetry.LOGGER))) {
            List<Double> none = proxyMicros(Telemetry.NONE);
            List<Double> plugin = proxyMicros(Telemetry.PLUGIN);
            List<Double> logger = proxyMicros(Telemetry.LOGGER);
            // Of medians: a difference of single rounds can be next to nothing, and its ratio anything.
            double added = Spread.of(plugin).median() - Spread.of(none).median();
            double addedByLogger = Spread.of(logger).median() - Spread.of(none).median();
            goals.add(new Goal(String.format(Locale.ROOT, "%s: what the plugin adds to the proxy's CPU time a request is %.2f us, and the "
                    + "8-label logger adds %.2f us: x%.2f; at most x%.2f is the goal", comparison.label(), added, addedByLogger,
                    added / addedByLogger, MOST_OF_LOGGERS_ADDITION) + doubt(),
                    addedByLogger > 0 && added <= MOST_OF_LOGGERS_ADDITION * addedByLogger));
        }
    }

    /** Latencies are compared at the same rate: in a closed loop the cheaper one is given more to do. */
    private void againstMixer() {
        againstMixer("the proxy's CPU time a request with the plugin", "of that with mixer's reports", Goals::proxyMicros,
                Goals::proxyMicros);
        if (results.keySet().containsAll(List.of(Telemetry.PLUGIN, Telemetry.MIXER))) {
            // The plugin needs no collector, so what it saves is the collector's time too.
            againstMixer("the CPU time a request of the proxy with the plugin, %.1f us,".formatted(
                            Spread.of(proxyMicros(Telemetry.PLUGIN)).median()),
                    "of that of the proxy and the collector with mixer's reports, %.1f + %.1f us".formatted(
                            Spread.of(proxyMicros(Telemetry.MIXER)).median(),
                            Spread.of(each(Telemetry.MIXER, Goals::collectorMicros)).median()),
                    Goals::proxyMicros, round -> proxyMicros(round) + collectorMicros(round));
        }
        if (comparison.open()) {
            for (Metric latency : LATENCIES) {
                againstMixer(latency.label() + " with the plugin", "of that with mixer's reports" + overload(),
                        round -> round.metric(latency), round -> round.metric(latency));
            }
        }
    }

    /** A latency of a proxy that cannot keep up is that of its queue, and grows as long as it is measured. */
    private String overload() {
        if (!results.containsKey(Telemetry.MIXER) || !(comparison.load().get("target_rps") instanceof Double target)) {
            return "";
        }
        double rate = Spread.of(each(Telemetry.MIXER, round -> round.metric(Metric.REQUESTS_PER_SECOND))).median();
        return rate < ON_TARGET * target ? String.format(Locale.ROOT, ", which only keep up with %,.0f of %,.0f requests a second", rate,
                target) : "";
    }

    private void againstMixer(String what, String against, ToDoubleFunction<Round> ofPlugin, ToDoubleFunction<Round> ofMixer) {
        String lean = ratio(Telemetry.MIXER_LEAN, ofPlugin, ofMixer).map(ratio -> ", and with the lean client " + text(ratio)).orElse("");
        ratio(Telemetry.MIXER, ofPlugin, ofMixer).ifPresent(ratio -> add(what, against + lean, ratio, MOST_OF_MIXER));
    }

    private void add(String what, String against, Spread ratio, double most) {
        goals.add(new Goal(String.format(Locale.ROOT, "%s: %s is %s %s; at most x%.2f is the goal", comparison.label(), what, text(ratio),
                against, most) + doubt(), ratio.median() <= most));
    }

    private static String text(Spread ratio) {
        return String.format(Locale.ROOT, "x%.2f (%.2f-%.2f)", ratio.median(), ratio.min(), ratio.max());
    }

    private String doubt() {
        if (comparison.disturbed()) {
            return ", but disturbed rounds cannot tell";
        }
        return results.values().stream().allMatch(VariantResult::valid) ? "" : ", but a variant has no valid result";
    }

    /** The plugin against another, round by round; empty if one of them was not measured. */
    private Optional<Spread> ratio(Telemetry other, ToDoubleFunction<Round> value) {
        return ratio(other, value, value);
    }

    private Optional<Spread> ratio(Telemetry other, ToDoubleFunction<Round> ofPlugin, ToDoubleFunction<Round> ofOther) {
        if (!results.containsKey(Telemetry.PLUGIN) || !results.containsKey(other)) {
            return Optional.empty();
        }
        List<Round> plugin = results.get(Telemetry.PLUGIN).rounds();
        List<Round> others = results.get(other).rounds();
        return Optional.of(Spread.of(IntStream.range(0, plugin.size())
                .mapToObj(round -> ofPlugin.applyAsDouble(plugin.get(round)) / ofOther.applyAsDouble(others.get(round))).toList()));
    }

    private List<Double> proxyMicros(Telemetry telemetry) {
        return each(telemetry, Goals::proxyMicros);
    }

    private List<Double> each(Telemetry telemetry, ToDoubleFunction<Round> value) {
        return results.get(telemetry).rounds().stream().map(value::applyAsDouble).toList();
    }

    private static double proxyMicros(Round round) {
        return round.cpu().microsByProcess().getOrDefault(PROXY, 0.0);
    }

    private static double collectorMicros(Round round) {
        return round.cpu().microsByProcess().getOrDefault(COLLECTOR, 0.0);
    }
}
