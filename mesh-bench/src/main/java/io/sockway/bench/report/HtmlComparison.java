package io.sockway.bench.report;

import static io.sockway.bench.report.Html.escape;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The part of a page that is about one load. */
final class HtmlComparison {
    private static final double PERCENT = 100;
    private static final String NOTHING = "\u2013";

    private final Comparison comparison;
    private final List<VariantResult> counted;

    private HtmlComparison(Comparison comparison) {
        this.comparison = comparison;
        this.counted = comparison.counted();
    }

    /** Plots, figures, proof and counters; folded behind the load's name unless it is the only one. */
    static String render(Comparison comparison, boolean only) {
        HtmlComparison part = new HtmlComparison(comparison);
        String body = Page.render(HtmlComparison.class, "comparison.html", Map.of(
                "plots", part.plots(),
                "rounds", escape(Headline.rounds(comparison.countedRounds().size())),
                "baseline", escape(comparison.baseline()),
                "columns", Integer.toString(part.counted.size()),
                "figures", part.figures(),
                "proof", part.proof(),
                "counters", part.counters()));
        return only ? body : "<details><summary>%s</summary>\n%s</details>".formatted(escape(comparison.heading()), body);
    }

    private String plots() {
        return Plots.of(comparison).values().stream().map(plot -> "<div class=\"card\"><h3>%s</h3>\n%s</div>".formatted(
                escape(plot.title()), plot.svg())).collect(Collectors.joining("\n"));
    }

    private String figures() {
        StringBuilder rows = new StringBuilder(head());
        for (Metric metric : comparison.shown()) {
            rows.append(row("metric", metric.label(), variant -> "<b>%s</b>%s".formatted(
                    escape(metric.format(variant.spread(metric).median())), ratio(variant, metric))));
        }
        for (String process : comparison.processes()) {
            rows.append(row("part", process, variant -> {
                Double micros = variant.cpuMicrosByProcess().get(process);
                return micros == null ? NOTHING : escape(Metric.cpu(micros));
            }));
        }
        rows.append(row("part", "soft-IRQ, sampled", variant -> escape(Metric.cpu(variant.softIrqMicros()))));
        for (String extra : comparison.extras()) {
            rows.append(row("part", extra.replace('_', ' '), variant -> variant.extra(extra).isEmpty() ? NOTHING
                    : String.format(Locale.ROOT, "%,.1f", variant.extra(extra).getAsDouble())));
        }
        if (counted.stream().anyMatch(variant -> failed(variant) > 0)) {
            rows.append(row("metric", "Failed requests", variant -> String.format(Locale.ROOT, "%,d", failed(variant))));
        }
        return rows.toString();
    }

    private static long failed(VariantResult variant) {
        return variant.rounds().stream().mapToLong(round -> round.client().failed()).sum();
    }

    private String ratio(VariantResult variant, Metric metric) {
        return comparison.ratio(variant.name(), metric).map(Ratio::spread).map(spread -> String.format(Locale.ROOT,
                "<small>\u00d7%.2f (%.2f to %.2f)</small>", spread.median(), spread.min(), spread.max())).orElse("");
    }

    private String proof() {
        if (comparison.hops().isEmpty()) {
            return "";
        }
        double most = counted.stream().flatMap(variant -> comparison.hops().stream().map(variant::receivedPerRequest))
                .mapToDouble(received -> received.orElse(0)).max().orElse(1);
        StringBuilder rows = new StringBuilder(head());
        for (String hop : comparison.hops()) {
            rows.append(row("hop", hop, variant -> bytes(variant, variant.receivedPerRequest(hop), most)));
        }
        return Page.render(HtmlComparison.class, "proof.html", Map.of(
                "columns", Integer.toString(counted.size()), "rows", rows.toString()));
    }

    private String bytes(VariantResult variant, OptionalDouble received, double most) {
        return received.isEmpty() ? NOTHING : String.format(Locale.ROOT,
                "<b>%,.1f B</b><span class=\"bar %s\"><i style=\"width:%.1f%%\"></i></span>",
                received.getAsDouble(), colour(variant), received.getAsDouble() / most * PERCENT);
    }

    private String counters() {
        String items = counted.stream().flatMap(variant -> variant.sockway().stream().map(totals -> String.format(Locale.ROOT,
                "<li>%s: %s</li>", escape(variant.name()), escape(totals.sentence())))).collect(Collectors.joining("\n"));
        return items.isEmpty() ? "" : "<h2>Sockway's own counters</h2>\n<div class=\"card\"><ul class=\"plain\">" + items + "</ul></div>\n";
    }

    private String head() {
        return counted.stream().map(variant -> "<th class=\"%s\">%s</th>".formatted(colour(variant), escape(variant.name())))
                .collect(Collectors.joining("", "<thead><tr><th></th>", "</tr></thead>\n"));
    }

    private String row(String kind, String label, Function<VariantResult, String> cell) {
        return counted.stream().map(variant -> "<td>" + cell.apply(variant) + "</td>")
                .collect(Collectors.joining("", "<tr class=\"%s\"><th>%s</th>".formatted(kind, escape(label)), "</tr>\n"));
    }

    private String colour(VariantResult variant) {
        return "v" + counted.indexOf(variant);
    }
}
