package io.sockway.bench.hop;

import io.sockway.bench.report.Spread;
import io.sockway.bench.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The grid for a terminal. */
final class HopText {
    private static final double PERCENT = 100;
    private static final String NOTHING = "-";

    private HopText() {
    }

    static String render(HopReport report) {
        StringBuilder text = new StringBuilder();
        text.append("Ratios to plain TCP of the same round, medians; below 1 is better.\n");
        text.append("! slower in every round, ? slower in the median only or measured once; slower means above %.2f.%n%n"
                .formatted(CellResult.SLOWER));
        for (Pattern pattern : report.patterns()) {
            text.append(table(report, pattern)).append('\n');
        }
        if (report.compared().contains(report.subject())) {
            for (Quantity quantity : Quantity.values()) {
                text.append(report.sentence(quantity)).append(".\n");
            }
        }
        return text.toString();
    }

    private static String table(HopReport report, Pattern pattern) {
        TextTable table = new TextTable();
        List<String> head = new ArrayList<>(List.of(pattern.label(), ""));
        report.sizes(pattern).forEach(size -> head.add(size.label()));
        table.row(head);
        for (HopReport.Row row : report.rows(pattern, Variant.PLAIN)) {
            table.row(line(report, row, row.label(), "TCP us",
                    result -> String.format(Locale.ROOT, "%.2f", result.spread(Variant.PLAIN, Quantity.TIME).median() / 1_000)));
            if (report.compared().contains(Variant.SOCKWAY)) {
                HopReport.Row own = HopReport.Row.of(row.like(), Variant.SOCKWAY);
                ratios(report, table, own, "");
                table.row(line(report, own, "", "by TCP",
                        result -> String.format(Locale.ROOT, "%.0f %%", result.tcpShare(Variant.SOCKWAY) * PERCENT)));
            }
        }
        report.compared().stream().filter(variant -> variant != Variant.SOCKWAY)
                .forEach(variant -> report.rows(pattern, variant).forEach(row -> ratios(report, table, row, row.label())));
        return table.render();
    }

    private static void ratios(HopReport report, TextTable table, HopReport.Row row, String label) {
        for (Quantity quantity : Quantity.values()) {
            table.row(line(report, row, quantity == Quantity.TIME ? label : "", quantity.label(), result -> {
                Spread ratio = result.ratio(row.variant(), quantity).orElseThrow();
                return String.format(Locale.ROOT, "%.2f%s", ratio.median(), result.mark(row.variant(), quantity).sign());
            }));
        }
    }

    private static List<String> line(HopReport report, HopReport.Row row, String label, String what, Function<CellResult, String> cell) {
        List<String> line = new ArrayList<>(List.of(label, what));
        report.sizes(row.like().pattern()).forEach(size -> line.add(report.result(row, size)
                .filter(result -> result.samples().containsKey(row.variant())).map(cell).orElse(NOTHING)));
        return line;
    }
}
