package io.sockway.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A report for a terminal, in plain ASCII. */
public final class TextReport {

    private final Comparison comparison;

    private TextReport(Comparison comparison) {
        this.comparison = comparison;
    }

    /** The figures, the proof, and what may be wrong with them; last what follows from all that. */
    public static String render(Report report) {
        List<TextReport> texts = report.comparisons().stream().map(TextReport::new).toList();
        boolean single = texts.size() == 1;
        Stream<String> figures = texts.stream().flatMap(text -> Stream.of(
                (single ? "" : "== " + text.comparison.heading() + "\n") + text.figures(), text.proof(), text.counters()));
        String headlines = texts.stream().map(text -> text.headline(single ? "" : text.comparison.label() + ": "))
                .collect(Collectors.joining());
        return Stream.concat(figures, Stream.of(remarks(report), headlines, goals(report))).filter(part -> !part.isEmpty())
                .reduce((first, second) -> first + "\n" + second).orElse("");
    }

    private String headline(String prefix) {
        return Headline.of(comparison).stream().map(line -> prefix + line.variant().name() + ": " + line.text() + "\n")
                .collect(Collectors.joining());
    }

    private String figures() {
        TextTable table = new TextTable().row(line("", VariantResult::name));
        for (Metric metric : comparison.shown()) {
            table.row(line(metric.label(), variant -> metric.format(variant.spread(metric).median()) + ratio(variant, metric)));
        }
        for (String process : comparison.processes()) {
            table.row(line("  " + process, variant -> Optional.ofNullable(variant.cpuMicrosByProcess().get(process))
                    .map(micros -> Metric.cpu(micros) + blankRatio(variant)).orElse("-" + blankRatio(variant))));
        }
        table.row(line("  of it soft-IRQ", variant -> Metric.cpu(variant.softIrqMicros()) + blankRatio(variant)));
        for (String extra : comparison.extras()) {
            table.row(line(extra.replace('_', ' '), variant -> number(variant.extra(extra)) + blankRatio(variant)));
        }
        return "Medians of %s; x is the ratio to %s, with the lowest and highest round:\n%s".formatted(
                Headline.rounds(comparison.countedRounds().size()), comparison.baseline(), table.render());
    }

    private String proof() {
        if (comparison.hops().isEmpty()) {
            return "";
        }
        TextTable table = new TextTable().row(line("", VariantResult::name));
        for (String hop : comparison.hops()) {
            table.row(line(hop, variant -> bytes(variant.receivedPerRequest(hop))));
        }
        return "Proof: bytes per request that TCP delivered to the sockets of each hop (TCP_INFO, tcpi_bytes_received):\n" + table.render();
    }

    private static String bytes(OptionalDouble received) {
        return received.isEmpty() ? "-" : String.format(Locale.ROOT, "%,.1f", received.getAsDouble());
    }

    private static String number(OptionalDouble value) {
        return value.isEmpty() ? "-" : String.format(Locale.ROOT, "%,.1f", value.getAsDouble());
    }

    private String counters() {
        StringBuilder text = new StringBuilder();
        for (VariantResult variant : comparison.counted()) {
            variant.sockway().ifPresent(totals -> text.append("  %s: %s%n".formatted(variant.name(), totals.sentence())));
        }
        return text.isEmpty() ? "" : "Sockway's own counters:\n" + text;
    }

    private static String remarks(Report report) {
        return Remarks.of(report).stream().map(remark -> "Note: " + remark + "\n").collect(Collectors.joining());
    }

    private static String goals(Report report) {
        return report.goals().stream().map(goal -> goal.line() + "\n")
                .collect(Collectors.joining());
    }

    private String ratio(VariantResult variant, Metric metric) {
        return comparison.ratio(variant.name(), metric).map(ratio -> String.format(Locale.ROOT, " x%.2f (%.2f-%.2f)",
                ratio.spread().median(), ratio.spread().min(), ratio.spread().max())).orElse("");
    }

    /** Keeps values without a ratio in the column of those that have one. */
    private String blankRatio(VariantResult variant) {
        return " ".repeat(ratio(variant, Metric.REQUESTS_PER_SECOND).length());
    }

    private List<String> line(String label, Function<VariantResult, String> cell) {
        return Stream.concat(Stream.of(label), comparison.counted().stream().map(cell)).toList();
    }
}
