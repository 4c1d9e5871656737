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
            comparison.variants().forEach(variant ->
                    ofKind(variant).forEach(remark -> remarks.add(prefix + variant.name() + ": " + remark)));
        }
        report.skipped().forEach((variant, reason) -> remarks.add("%s was left out: %s".formatted(variant, reason)));
        return remarks;
    }

    /** Of remarks that differ in their figures only the first, with the number of rounds that have such a one. */
    private static List<String> ofKind(VariantResult variant) {
        Map<String, List<String>> kinds = variant.rounds().stream().flatMap(round -> round.client().remarks().stream())
                .collect(Collectors.groupingBy(remark -> remark.replaceAll("[\\d.,]+", "#"), LinkedHashMap::new, Collectors.toList()));
        return kinds.values().stream().map(alike -> alike.size() == 1 ? alike.getFirst()
                : alike.getFirst() + " (and alike in %d more rounds)".formatted(alike.size() - 1)).toList();
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
