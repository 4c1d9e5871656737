package io.sockway.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A report for a terminal, in plain ASCII. */
public final class TextReport {

    private final Report report;

    private TextReport(Report report) {
        this.report = report;
    }

    /** The figures, the proof, and what may be wrong with them. */
    public static String render(Report report) {
        TextReport text = new TextReport(report);
        return Stream.of(text.figures(), text.proof(), text.counters(), text.remarks(), text.headline())
                .filter(part -> !part.isEmpty())
                .reduce((first, second) -> first + "\n" + second).orElse("");
    }

    private String headline() {
        return Headline.of(report).stream().map(line -> line.variant().name() + ": " + line.text() + "\n").collect(Collectors.joining());
    }

    private String figures() {
        TextTable table = new TextTable().row(line("", VariantResult::name));
        for (Metric metric : Metric.values()) {
            table.row(line(metric.label(), variant -> metric.format(variant.spread(metric).median()) + ratio(variant, metric)));
        }
        for (String process : report.processes()) {
            table.row(line("  " + process, variant -> Optional.ofNullable(variant.cpuMicrosByProcess().get(process))
                    .map(micros -> Metric.cpu(micros) + blankRatio(variant)).orElse("-" + blankRatio(variant))));
        }
        return "Medians of %s; x is the ratio to %s, with the lowest and highest round:\n%s".formatted(
                Headline.rounds(report.countedRounds().size()), Report.BASELINE, table.render());
    }

    private String proof() {
        TextTable table = new TextTable().row(line("", VariantResult::name));
        for (String hop : report.hops()) {
            table.row(line(hop, variant -> String.format(Locale.ROOT, "%,.1f", variant.receivedPerRequest(hop))));
        }
        return "Proof: bytes per request that TCP delivered to the sockets of each hop (TCP_INFO, tcpi_bytes_received):\n" + table.render();
    }

    private String counters() {
        StringBuilder text = new StringBuilder();
        for (VariantResult variant : report.counted()) {
            variant.sockway().ifPresent(totals -> text.append("  %s: %s%n".formatted(variant.name(), totals.sentence())));
        }
        return text.isEmpty() ? "" : "Sockway's own counters:\n" + text;
    }

    private String remarks() {
        return Remarks.of(report).stream().map(remark -> "Note: " + remark + "\n").collect(Collectors.joining());
    }

    private String ratio(VariantResult variant, Metric metric) {
        return report.ratio(variant.name(), metric).map(ratio -> String.format(Locale.ROOT, " x%.2f (%.2f-%.2f)",
                ratio.spread().median(), ratio.spread().min(), ratio.spread().max())).orElse("");
    }

    /** Keeps values without a ratio in the column of those that have one. */
    private String blankRatio(VariantResult variant) {
        return " ".repeat(ratio(variant, Metric.REQUESTS_PER_SECOND).length());
    }

    private List<String> line(String label, Function<VariantResult, String> cell) {
        return Stream.concat(Stream.of(label), report.counted().stream().map(cell)).toList();
    }
}
