package io.sockway.bench.hop;

import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Spread;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * All that a run found.
 *
 * @param command what a person has to type to do it again
 * @param started when it began
 * @param machine where it ran
 * @param plan what was measured
 * @param method how it was measured, by topic, for people
 * @param results in the order of the plan's cells
 */
record HopReport(String command, Instant started, Machine machine, Plan plan, Map<String, String> method, List<CellResult> results) {
    HopReport {
        results = List.copyOf(results);
    }

    /**
     * A line of the grid: cells that differ in size only.
     *
     * @param pattern who sends what when
     * @param placement where the ends run
     * @param route how the client gets to the server
     * @param family of both ends' sockets
     * @param variant what is compared to plain TCP
     */
    record Row(Pattern pattern, Placement placement, Route route, Family family, Variant variant) {
        /** Its name within its pattern. */
        String label() {
            return variant == Variant.UNIX
                    ? "%s, %s".formatted(variant.label(), placement.label())
                    : "%s, %s, %s".formatted(placement.label(), route.label(), family.label());
        }
    }

    /** Those that were measured, in the order of their display. */
    List<Pattern> patterns() {
        return results.stream().map(result -> result.cell().pattern()).distinct().sorted().toList();
    }

    /** Those that were measured, in ascending order. */
    List<Size> sizes() {
        return results.stream().map(result -> result.cell().size()).distinct().sorted().toList();
    }

    /** The variants that are compared to plain TCP. */
    List<Variant> compared() {
        return plan.variants().stream().filter(variant -> variant != Variant.PLAIN).toList();
    }

    List<Row> rows(Pattern pattern, Variant variant) {
        SequencedSet<Row> rows = new LinkedHashSet<>();
        for (Placement placement : Placement.values()) {
            results.stream().filter(result -> result.cell().pattern() == pattern && result.cell().placement() == placement)
                    .filter(result -> result.samples().containsKey(variant))
                    .forEach(result -> rows.add(new Row(pattern, placement, result.cell().route(), result.cell().family(), variant)));
        }
        return List.copyOf(rows);
    }

    Optional<CellResult> result(Row row, Size size) {
        Cell cell = new Cell(row.pattern(), size, row.placement(), row.route(), row.family());
        return results.stream().filter(result -> result.cell().equals(cell)).findFirst();
    }

    /** The cells in which Sockway was slower than plain TCP, or may have been. */
    List<CellResult> marked(CellResult.Mark mark, Quantity quantity) {
        return results.stream().filter(result -> result.mark(Variant.SOCKWAY, quantity) == mark).toList();
    }

    /** In one sentence for a quantity, how Sockway compares over all cells. */
    String sentence(Quantity quantity) {
        List<Double> medians = results.stream().flatMap(result -> result.ratio(Variant.SOCKWAY, quantity).stream())
                .map(Spread::median).toList();
        if (medians.isEmpty()) {
            return "Sockway was not measured";
        }
        Spread all = Spread.of(medians);
        return String.format(Locale.ROOT,
                "Sockway, %s: %.2f of plain TCP's in the middle cell, %.2f in the best, %.2f in the worst; %d cells: %d slower, %d perhaps",
                quantity.label(), all.median(), all.min(), all.max(), medians.size(),
                marked(CellResult.Mark.SLOWER, quantity).size(), marked(CellResult.Mark.DOUBTFUL, quantity).size());
    }
}
