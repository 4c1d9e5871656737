package io.sockway.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a reader has to know before believing the figures. */
final class Remarks {
    private static final double PERCENT = 100;
    private static final int MOST_NAMED = 4;

    private Remarks() {
    }

    static List<String> of(Report report) {
        List<String> remarks = new ArrayList<>();
        if (report.redone() > 0) {
            remarks.add("%s redone because other processes used the CPUs".formatted(
                    report.redone() == 1 ? "1 slice was" : report.redone() + " slices were"));
        }
        for (Comparison comparison : report.comparisons()) {
            String prefix = report.comparisons().size() == 1 ? "" : comparison.label() + ": ";
            disturbance(comparison).forEach(remark -> remarks.add(prefix + remark));
        }
        remarks.addAll(ofFionread(report));
        remarks.addAll(ofGenerator(report));
        report.skipped().forEach((variant, reason) -> remarks.add("%s was left out: %s".formatted(variant, reason)));
        return remarks;
    }

    private static List<String> ofFionread(Report report) {
        String names = report.comparisons().stream().flatMap(Remarks::rounds).flatMap(round -> round.sockway().stream())
                .flatMap(status -> status.fionreadUsers().stream()).distinct().sorted().collect(Collectors.joining(", "));
        return names.isEmpty() ? List.of() : List.of(("Sockway left connections of %s on TCP, whose hops prove nothing here: they are "
                + "asked for FIONREAD, which misses redirected bytes on this kernel").formatted(names));
    }

    /** Of remarks that differ in their figures only the first, with who else has such a one. */
    private static List<String> ofGenerator(Report report) {
        Map<String, List<Remark>> kinds = new LinkedHashMap<>();
        for (Comparison comparison : report.comparisons()) {
            String load = report.comparisons().size() == 1 ? "" : comparison.label() + ": ";
            comparison.variants().forEach(variant -> variant.rounds().forEach(round -> round.client().remarks().forEach(text ->
                    kinds.computeIfAbsent(text.replaceAll("[\\d.,]+", "#"), kind -> new ArrayList<>())
                            .add(new Remark(load + variant.name(), text)))));
        }
        return kinds.values().stream().map(Remarks::told).toList();
    }

    private static String told(List<Remark> alike) {
        Remark first = alike.getFirst();
        if (alike.size() == 1) {
            return first.where() + ": " + first.text();
        }
        List<String> others = alike.stream().map(Remark::where).filter(where -> !where.equals(first.where())).distinct().toList();
        String whose = others.isEmpty() ? "" : ", of " + (others.size() > MOST_NAMED
                ? String.join("; ", others.subList(0, MOST_NAMED)) + " and others" : String.join("; ", others));
        return "%s: %s (and alike in %d more %s%s)".formatted(first.where(), first.text(), alike.size() - 1,
                alike.size() == 2 ? "slice" : "slices", whose);
    }

    /**
     * What a generator said of one slice.
     *
     * @param where load and variant
     */
    private record Remark(String where, String text) {
    }

    private static Collection<String> disturbance(Comparison comparison) {
        double most = rounds(comparison).mapToDouble(Round::disturbance).max().orElse(0);
        String disturbance = String.format(Locale.ROOT, "other processes used up to %.0f %% of the CPUs", most * PERCENT);
        int rounds = comparison.variants().stream().mapToInt(variant -> variant.rounds().size()).max().orElse(0);
        if (comparison.disturbed()) {
            return List.of("every round was disturbed, so the figures show little: " + disturbance);
        } else if (comparison.countedRounds().size() < rounds) {
            return List.of("%d of %d rounds do not count: %s".formatted(
                    rounds - comparison.countedRounds().size(), rounds, disturbance));
        }
        return List.of();
    }

    private static Stream<Round> rounds(Comparison comparison) {
        return comparison.variants().stream().flatMap(variant -> variant.rounds().stream());
    }
}
