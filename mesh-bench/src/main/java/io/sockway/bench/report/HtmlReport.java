package io.sockway.bench.report;

import static io.sockway.bench.report.Html.escape;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. */
public final class HtmlReport {
    private static final String TEMPLATE = "report.html";
    private static final double PERCENT = 100;

    private final Report report;

    private HtmlReport(Report report) {
        this.report = report;
    }

    /**
     * What the page says besides the figures.
     *
     * @param title what was compared
     * @param subtitle under what load
     * @param method how it was measured, by topic, for the reader who wants to judge or repeat it
     */
    public record Words(String title, String subtitle, Map<String, String> method) {
    }

    /** The whole page. */
    public static String render(Report report, Words words) {
        HtmlReport page = new HtmlReport(report);
        Map<String, String> parts = Map.of(
                "title", escape(words.title()),
                "subtitle", escape(Page.time(report.started()) + " \u00b7 " + words.subtitle()),
                "headline", page.headline(),
                "plots", page.plots(),
                "rounds", escape(Headline.rounds(report.countedRounds().size())),
                "figures", page.figures(),
                "proof", page.proof(),
                "counters", page.counters(),
                "setting", Page.setting(words.method(), report.machine(), report.command()),
                "remarks", page.remarks());
        return Page.render(HtmlReport.class, TEMPLATE, parts);
    }

    private String headline() {
        return Headline.of(report).stream().map(line -> "<li class=\"%s\"><span><b>%s</b>: %s</span></li>".formatted(
                line.variant().valid() ? colour(line.variant()) : "bad", escape(line.variant().name()), escape(line.text())))
                .collect(Collectors.joining("\n"));
    }

    private String plots() {
        return List.of(Metric.values()).stream().map(metric -> "<div class=\"card\"><h3>%s</h3>\n%s</div>".formatted(
                escape(metric.label() + (metric.moreIsBetter() ? " (more is better)" : " (less is better)")),
                StripPlot.render(metric.label(), report.counted().stream()
                        .map(variant -> new StripPlot.Row(variant.name(), variant.values(metric))).toList(), metric::format)))
                .collect(Collectors.joining("\n"));
    }

    private String figures() {
        StringBuilder rows = new StringBuilder(head());
        for (Metric metric : Metric.values()) {
            rows.append(row("metric", metric.label(), variant -> "<b>%s</b>%s".formatted(
                    escape(metric.format(variant.spread(metric).median())), ratio(variant, metric))));
        }
        for (String process : report.processes()) {
            rows.append(row("part", process, variant -> {
                Double micros = variant.cpuMicrosByProcess().get(process);
                return micros == null ? "\u2013" : escape(Metric.cpu(micros));
            }));
        }
        return rows.toString();
    }

    private String ratio(VariantResult variant, Metric metric) {
        return report.ratio(variant.name(), metric).map(Ratio::spread).map(spread -> String.format(Locale.ROOT,
                "<small>\u00d7%.2f (%.2f to %.2f)</small>", spread.median(), spread.min(), spread.max())).orElse("");
    }

    private String proof() {
        double most = report.counted().stream()
                .flatMap(variant -> report.hops().stream().map(variant::receivedPerRequest)).max(Double::compare).orElse(1.0);
        StringBuilder rows = new StringBuilder(head());
        for (String hop : report.hops()) {
            rows.append(row("hop", hop, variant -> String.format(Locale.ROOT,
                    "<b>%,.1f B</b><span class=\"bar %s\"><i style=\"width:%.1f%%\"></i></span>",
                    variant.receivedPerRequest(hop), colour(variant), variant.receivedPerRequest(hop) / most * PERCENT)));
        }
        return rows.toString();
    }

    private String counters() {
        String items = report.counted().stream().flatMap(variant -> variant.sockway().stream().map(totals -> String.format(Locale.ROOT,
                "<li>%s: %s</li>", escape(variant.name()), escape(totals.sentence())))).collect(Collectors.joining("\n"));
        return items.isEmpty() ? "" : "<h2>Sockway's own counters</h2>\n<div class=\"card\"><ul class=\"plain\">" + items + "</ul></div>\n";
    }

    private String remarks() {
        return Remarks.of(report).stream().map(remark -> "<p class=\"remark\">Note: %s.</p>".formatted(escape(remark)))
                .collect(Collectors.joining("\n"));
    }

    private String head() {
        return report.counted().stream().map(variant -> "<th class=\"%s\">%s</th>".formatted(colour(variant), escape(variant.name())))
                .collect(Collectors.joining("", "<thead><tr><th></th>", "</tr></thead>\n"));
    }

    private String row(String kind, String label, Function<VariantResult, String> cell) {
        return report.counted().stream().map(variant -> "<td>" + cell.apply(variant) + "</td>")
                .collect(Collectors.joining("", "<tr class=\"%s\"><th>%s</th>".formatted(kind, escape(label)), "</tr>\n"));
    }

    private String colour(VariantResult variant) {
        return "v" + report.counted().indexOf(variant);
    }
}
