package io.sockway.bench.hop;

import static io.sockway.bench.report.Html.escape;

import io.sockway.bench.report.Page;
import io.sockway.bench.report.Spread;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The grid as a page with heat maps. */
final class HopHtml {
    private static final double PERCENT = 100;

    /** Half of plain TCP's time, and twice of it, get the full colour. */
    private static final double FULL = 2;

    private final HopReport report;

    private HopHtml(HopReport report) {
        this.report = report;
    }

    static String render(HopReport report) {
        HopHtml page = new HopHtml(report);
        return Page.render(HopHtml.class, "hop.html", Map.of(
                "title", "One local hop, message by message",
                "subtitle", escape(Page.time(report.started()) + " \u00b7 " + Page.rounds(report.plan().rounds())),
                "headline", page.headline(),
                "slower", String.format(Locale.ROOT, "%.2f", CellResult.SLOWER),
                "legend", legend(),
                "maps", report.patterns().stream().filter(page::compared).map(page::pattern).collect(Collectors.joining("\n")),
                "setting", Page.setting(Method.words(report.plan()), report.machine(), report.command())));
    }

    /** How strong the colour of a ratio is, in percent: 0 at 1.0, growing with the logarithm. */
    static double strength(double ratio) {
        return Math.min(Math.abs(Math.log(ratio) / Math.log(FULL)), 1) * PERCENT;
    }

    private String headline() {
        return Stream.of(Quantity.values()).map(quantity -> "<li class=\"%s\"><span><b>%s</b></span></li>".formatted(
                colour(quantity), escape(report.sentence(quantity))))
                .collect(Collectors.joining("\n"));
    }

    private String colour(Quantity quantity) {
        if (!report.marked(CellResult.Mark.SLOWER, quantity).isEmpty()) {
            return "v2";
        }
        return report.marked(CellResult.Mark.DOUBTFUL, quantity).isEmpty() ? "v1" : "v0";
    }

    private static String legend() {
        return List.of(0.5, 0.7, 0.85, 1.0, 1.18, 1.43, 2.0).stream().map(ratio -> String.format(Locale.ROOT,
                "<td class=\"%s\" style=\"--p:%.0f%%\">%.2f</td>", side(ratio), strength(ratio), ratio)).collect(Collectors.joining());
    }

    private boolean compared(Pattern pattern) {
        return report.compared().stream().anyMatch(variant -> !report.rows(pattern, variant).isEmpty());
    }

    private String pattern(Pattern pattern) {
        return "<h2>%s</h2>\n".formatted(escape(pattern.label()))
                + Stream.of(Quantity.values()).map(quantity -> map(pattern, quantity)).collect(Collectors.joining("\n"));
    }

    private String map(Pattern pattern, Quantity quantity) {
        return "<div class=\"card scroll\"><h3>%s</h3>\n<table class=\"heat\" style=\"--columns:%d\">\n%s%s</table></div>".formatted(
                quantity == Quantity.TIME ? "Wall time, ratio to plain TCP" : "CPU time of both ends, ratio to plain TCP",
                report.sizes(pattern).size(), head(pattern), report.compared().stream()
                        .flatMap(variant -> report.rows(pattern, variant).stream()).map(row -> row(row, quantity))
                        .collect(Collectors.joining()));
    }

    private String head(Pattern pattern) {
        return report.sizes(pattern).stream().map(size -> "<th>%s</th>".formatted(escape(size.label())))
                .collect(Collectors.joining("", "<thead><tr><th></th>", "</tr></thead>\n"));
    }

    private String row(HopReport.Row row, Quantity quantity) {
        return report.sizes(row.like().pattern()).stream().map(size -> report.result(row, size)
                .flatMap(result -> result.ratio(row.variant(), quantity).map(ratio -> cell(row, result, quantity, ratio)))
                .orElse("<td></td>"))
                .collect(Collectors.joining("", "<tr><th>%s</th>".formatted(escape(row.label())), "</tr>\n"));
    }

    private String cell(HopReport.Row row, CellResult result, Quantity quantity, Spread ratio) {
        String title = String.format(Locale.ROOT, "%s: plain TCP %.2f us, %s %.2f us a request; rounds %.2f to %.2f",
                result.cell(), result.spread(Variant.PLAIN, quantity).median() / 1_000, row.variant().label(),
                result.spread(row.variant(), quantity).median() / 1_000, ratio.min(), ratio.max());
        String range = report.plan().rounds() > 1
                ? String.format(Locale.ROOT, "<small>%.2f\u2013%.2f</small>", ratio.min(), ratio.max()) : "";
        String carried = row.variant() == Variant.SOCKWAY && quantity == Quantity.TIME
                ? String.format(Locale.ROOT, "<small>TCP %.0f %%</small>", result.tcpShare(Variant.SOCKWAY) * PERCENT) : "";
        return String.format(Locale.ROOT, "<td class=\"%s\" style=\"--p:%.0f%%\" title=\"%s\"><b>%.2f%s</b>%s%s</td>",
                side(ratio.median()), strength(ratio.median()), escape(title), ratio.median(),
                result.mark(row.variant(), quantity).sign(), range, carried);
    }

    private static String side(double ratio) {
        return ratio < 1 ? "better" : "worse";
    }
}
