package io.sockway.bench.load;

import io.sockway.bench.report.Metric;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A load's result for a terminal. */
final class LoadText {
    private static final double MILLI_MICROS = 1e3;
    private static final double PERCENT = 100;

    private LoadText() {
    }

    static String render(LoadPlan plan, LoadResult result) {
        StringBuilder text = new StringBuilder();
        String target = plan.open() ? String.format(Locale.ROOT, "%,.0f a second were due", plan.rate()) : "closed loop";
        line(text, "rate", "%,.0f requests a second (%s), %,d requests", result.rps(), target, result.requests());
        line(text, "latency", "%s", Stream.concat(
                Stream.of(Metric.values()).filter(metric -> result.percentiles().containsKey(metric.key()))
                        .map(metric -> metric.label().replace("Latency ", "") + " " + millis(result.percentiles().get(metric.key()))),
                Stream.of("max " + millis(result.percentiles().get("max_us")))).collect(Collectors.joining(", ")) + " ms");
        Map<String, Double> connects = result.connects();
        line(text, "connecting", "%.0f connections, p50 %s, max %s ms", connects.get("count"), millis(connects.get("p50_us")),
                millis(connects.get("max_us")));
        line(text, "generator", "%s; busy %.0f %%, waited for a CPU %.0f %% of the time%s", result.transport(),
                result.generator().get("busy") * PERCENT, result.generator().get("waiting") * PERCENT,
                plan.open() ? ", sent up to %s ms late (p99)".formatted(millis(result.generator().get("lag_p99_us"))) : "");
        line(text, "errors", "%s", result.errors().isEmpty() ? "none" : Stream.of(ErrorKind.values())
                .filter(kind -> result.errors().containsKey(kind.key()))
                .map(kind -> String.format(Locale.ROOT, "%,d %s", result.errors().get(kind.key()), kind.words()))
                .collect(Collectors.joining(", ")));
        result.remarks().forEach(remark -> line(text, "note", "%s", remark));
        return text.toString();
    }

    private static void line(StringBuilder text, String label, String pattern, Object... values) {
        text.append(String.format(Locale.ROOT, "%-11s ", label)).append(String.format(Locale.ROOT, pattern, values)).append('\n');
    }

    private static String millis(double micros) {
        return String.format(Locale.ROOT, "%.3f", micros / MILLI_MICROS);
    }
}
