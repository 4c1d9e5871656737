package io.sockway.bench.report;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All that a run found.
 *
 * @param scenario the name of what was compared
 * @param command what a person has to type to do it again
 * @param started when it began
 * @param machine where it ran
 * @param comparisons one for each load
 * @param skipped why variants were left out, by their names
 * @param redone how many slices were thrown away because other processes disturbed them
 * @param goals what the scenario set out to show, if anything
 */
public record Report(String scenario, String command, Instant started, Machine machine, List<Comparison> comparisons,
        Map<String, String> skipped, int redone, List<Goal> goals) {
    public Report {
        comparisons = List.copyOf(comparisons);
        goals = List.copyOf(goals);
    }

    /** A report of a scenario without goals. */
    public Report(String scenario, String command, Instant started, Machine machine, List<Comparison> comparisons,
            Map<String, String> skipped, int redone) {
        this(scenario, command, started, machine, comparisons, skipped, redone, List.of());
    }

    /** Whether every round of every variant is what it claims to be. */
    public boolean valid() {
        return comparisons.stream().flatMap(comparison -> comparison.variants().stream()).allMatch(VariantResult::valid);
    }

    /** The names of the variants that were measured, in the order of their display. */
    public List<String> variants() {
        return comparisons.stream().flatMap(comparison -> comparison.variants().stream()).map(VariantResult::name).distinct().toList();
    }
}
