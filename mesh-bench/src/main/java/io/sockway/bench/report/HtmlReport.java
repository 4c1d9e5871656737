package io.sockway.bench.report;

import static io.sockway.bench.report.Html.escape;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. */
public final class HtmlReport {
    private static final String TEMPLATE = "report.html";
    private static final int MOST_HEADLINES = 12;
    private static final int MOST_REMARKS = 4;

    /**
     * What the page says besides the figures.
     *
     * @param title what was compared
     * @param subtitle under what load
     * @param method how it was measured, by topic, for the reader who wants to judge or repeat it
     */
    public record Words(String title, String subtitle, Map<String, String> method) {
    }

    private HtmlReport() {
    }

    /** The whole page. */
    public static String render(Report report, Words words) {
        boolean single = report.comparisons().size() == 1;
        Map<String, String> parts = Map.of(
                "title", escape(words.title()),
                "subtitle", escape(Page.time(report.started()) + " \u00b7 " + words.subtitle()),
                "headline", headline(report),
                "remarks", remarks(Remarks.of(report)),
                "goals", goals(report),
                "overview", single ? "" : HtmlOverview.render(report),
                "comparisons", report.comparisons().stream().map(comparison -> HtmlComparison.render(comparison, single))
                        .collect(Collectors.joining("\n")),
                "setting", Page.setting(words.method(), report.machine(), report.command()));
        return Page.render(HtmlReport.class, TEMPLATE, parts);
    }

    /** Many are folded, so that they do not push the figures away. */
    private static String remarks(List<String> remarks) {
        String paragraphs = remarks.stream().map(remark -> "<p class=\"remark\">Note: %s.</p>".formatted(escape(remark)))
                .collect(Collectors.joining("\n"));
        return remarks.size() <= MOST_REMARKS ? paragraphs
                : "<details><summary>%d notes on these figures</summary>\n%s</details>".formatted(remarks.size(), paragraphs);
    }

    private static String goals(Report report) {
        String items = report.goals().stream().map(goal -> "<li><b>%s</b> %s</li>".formatted(
                goal.met() ? "Met:" : "Missed:", escape(goal.text()))).collect(Collectors.joining("\n"));
        return items.isEmpty() ? "" : "<h2>Goals</h2>\n<div class=\"card\"><ul class=\"plain\">" + items + "</ul></div>\n";
    }

    private static String headline(Report report) {
        boolean single = report.comparisons().size() == 1;
        return report.comparisons().stream().flatMap(comparison -> Headline.of(comparison).stream().map(line ->
                "<li class=\"%s\"><span><b>%s</b>: %s%s</span></li>".formatted(
                        line.variant().valid() ? colour(comparison, line.variant()) : "bad", escape(line.variant().name()),
                        escape(line.text()), single ? "" : " <small>" + escape(comparison.label()) + "</small>")))
                .limit(single ? Long.MAX_VALUE : MOST_HEADLINES).collect(Collectors.joining("\n"));
    }

    private static String colour(Comparison comparison, VariantResult variant) {
        return "v" + comparison.counted().indexOf(variant);
    }
}
