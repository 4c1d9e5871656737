package io.sockway.bench.hop;

import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Spread;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that a run found.
 *
 * @param command what a person has to type to do it again
 * @param started when it began
 * @param machine where it ran
 * @param plan what was measured
 * @param results in the order of the plan's cells
 */
record HopReport(String command, Instant started, Machine machine, Plan plan, List<CellResult> results) {
    HopReport {
        results = List.copyOf(results);
    }

    /**
     * A line of the grid: cells that differ in size only.
     *
     * @param like one of them, of any size
     * @param variant what is compared to plain TCP
     */
    record Row(Cell like, Variant variant) {
        /** The row that {@code cell} is in. */
        static Row of(Cell cell, Variant variant) {
            return new Row(cell.with(Size.B1), variant);
        }

        /** Its name within its pattern. */
        String label() {
            return switch (variant) {
                case UNIX -> "%s, %s".formatted(variant.label(), like.placement().label());
                case BESIDE -> "%s, %s".formatted(variant.label(), like.setting());
                case PLAIN, SOCKWAY -> like.setting();
            };
        }
    }

    /** Those that were measured, in the order of their display. */
    List<Pattern> patterns() {
        return results.stream().map(result -> result.cell().pattern()).distinct().sorted().toList();
    }

    /** Those that were measured, in ascending order. */
    List<Size> sizes(Pattern pattern) {
        return cells(pattern).map(Cell::size).distinct().sorted().toList();
    }

    /** The variants that are compared to plain TCP. */
    List<Variant> compared() {
        return plan.variants().stream().filter(variant -> variant != Variant.PLAIN).toList();
    }

    List<Row> rows(Pattern pattern, Variant variant) {
        return cells(pattern).filter(cell -> plan.variants(cell).contains(variant)).map(cell -> Row.of(cell, variant)).distinct()
                .sorted(Comparator.comparing((Row row) -> row.like().connections()).thenComparing(row -> row.like().placement())).toList();
    }

    /** What was measured in a row, empty where it has no cell of the size. */
    Optional<CellResult> result(Row row, Size size) {
        Cell cell = row.like().with(size);
        return results.stream().filter(result -> result.cell().equals(cell)).findFirst();
    }

    private Stream<Cell> cells(Pattern pattern) {
        return results.stream().map(CellResult::cell).filter(cell -> cell.pattern() == pattern);
    }

    /** What the run is about. */
    Variant subject() {
        return plan.variants().contains(Variant.BESIDE) ? Variant.BESIDE : Variant.SOCKWAY;
    }

    /** The cells in which the subject was slower than plain TCP, or may have been. */
    List<CellResult> marked(CellResult.Mark mark, Quantity quantity) {
        return results.stream().filter(result -> result.mark(subject(), quantity) == mark).toList();
    }

    /** In one sentence for a quantity, how the subject compares over all cells. */
    String sentence(Quantity quantity) {
        List<Double> medians = results.stream().flatMap(result -> result.ratio(subject(), quantity).stream())
                .map(Spread::median).toList();
        if (medians.isEmpty()) {
            return "Sockway was not measured";
        }
        Spread all = Spread.of(medians);
        return String.format(Locale.ROOT,
                "%s, %s: %.2f of plain TCP's in the middle cell, %.2f in the best, %.2f in the worst; %d cells: %d slower, %d perhaps",
                subject().label(), quantity.label(), all.median(), all.min(), all.max(), medians.size(),
                marked(CellResult.Mark.SLOWER, quantity).size(), marked(CellResult.Mark.DOUBTFUL, quantity).size());
    }
}
