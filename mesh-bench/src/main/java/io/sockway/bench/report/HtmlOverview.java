package io.sockway.bench.report;

import static io.sockway.bench.report.Html.escape;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The part of a page that shows all loads side by side: ratios in tables, and latency against rate. */
final class HtmlOverview {
    private HtmlOverview() {
    }

    static String render(Report report) {
        String plots = Plots.rates(report).entrySet().stream().map(plot -> "<div class=\"card\"><h3>%s</h3>\n%s</div>".formatted(
                escape(plot.getKey()), plot.getValue())).collect(Collectors.joining("\n"));
        String tables = Stream.of(Metric.values()).filter(Metric::shown).map(metric -> table(report, metric))
                .collect(Collectors.joining("\n"));
        return Page.render(HtmlOverview.class, "overview.html", Map.of(
                "plots", plots.isEmpty() ? "" : "<div class=\"plots\">" + plots + "</div>",
                "baseline", escape(report.comparisons().getFirst().baseline()),
                "tables", tables));
    }

    /** Empty if no load has the metric for two variants. */
    private static String table(Report report, Metric metric) {
        List<Comparison> comparisons = report.comparisons().stream().filter(comparison -> comparison.metrics().contains(metric))
                .filter(comparison -> !comparison.open() || metric != Metric.REQUESTS_PER_SECOND).toList();
        List<String> variants = report.variants().stream().filter(name ->
                comparisons.stream().anyMatch(comparison -> comparison.ratio(name, metric).isPresent())).toList();
        if (variants.isEmpty()) {
            return "";
        }
        String head = variants.stream().map(name -> "<th class=\"v%d\">%s</th>".formatted(report.variants().indexOf(name), escape(name)))
                .collect(Collectors.joining("", "<thead><tr><th>%s</th><th>%s</th>".formatted(
                        escape(metric.label()), escape(comparisons.getFirst().baseline())), "</tr></thead>\n"));
        return comparisons.stream().map(comparison -> row(comparison, metric, variants))
                .collect(Collectors.joining("", "<div class=\"card scroll\"><table style=\"--columns:%d\">\n"
                        .formatted(variants.size() + 1) + head, "</table></div>"));
    }

    private static String row(Comparison comparison, Metric metric, List<String> variants) {
        String base = comparison.counted().stream().filter(variant -> variant.name().equals(comparison.baseline())).findFirst()
                .map(variant -> metric.format(variant.spread(metric).median())).orElse("");
        return variants.stream().map(name -> "<td>%s</td>".formatted(comparison.ratio(name, metric).map(Ratio::spread)
                        .map(spread -> String.format(Locale.ROOT, "<b>\u00d7%.2f</b><small>%.2f to %.2f</small>",
                                spread.median(), spread.min(), spread.max())).orElse("")))
                .collect(Collectors.joining("", "<tr class=\"metric\"><th>%s</th><td>%s</td>".formatted(
                        escape(comparison.label()), escape(base)), "</tr>\n"));
    }
}
