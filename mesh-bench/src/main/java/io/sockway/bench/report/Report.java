package io.sockway.bench.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * All that a run found.
 *
 * @param scenario the name of what was compared
 * @param command what a person has to type to do it again
 * @param started when it began
 * @param machine where it ran
 * @param load the load's parameters, by name
 * @param variants in the order of their display, the baseline first if there is one
 * @param redone how many slices were thrown away because other processes disturbed them
 */
public record Report(String scenario, String command, Instant started, Machine machine, Map<String, Object> load,
        List<VariantResult> variants, int redone) {
    /** The variant that others are compared to. */
    public static final String BASELINE = "plain";

    public Report {
        variants = List.copyOf(variants);
    }

    /** The rounds that count, by their number from 0: those in which no variant was disturbed, or all if that leaves none. */
    public List<Integer> countedRounds() {
        int rounds = variants.stream().mapToInt(variant -> variant.rounds().size()).min().orElse(0);
        List<Integer> all = IntStream.range(0, rounds).boxed().toList();
        List<Integer> calm = all.stream()
                .filter(round -> variants.stream().noneMatch(variant -> variant.rounds().get(round).disturbed())).toList();
        return calm.isEmpty() ? all : calm;
    }

    /** Whether even the rounds that count were disturbed, all of them. */
    public boolean disturbed() {
        return countedRounds().stream().anyMatch(round -> variants.stream().anyMatch(variant -> variant.rounds().get(round).disturbed()));
    }

    /** The variants with the rounds that count; all figures for people come from these. */
    public List<VariantResult> counted() {
        List<Integer> numbers = countedRounds();
        return variants.stream().map(variant -> new VariantResult(
                variant.name(), numbers.stream().map(variant.rounds()::get).toList(), variant.problems())).toList();
    }

    /** Every metric of every variant but the baseline, over the rounds that count; empty without a baseline. */
    public List<Ratio> ratios() {
        List<Ratio> ratios = new ArrayList<>();
        List<VariantResult> counted = counted();
        counted.stream().filter(variant -> variant.name().equals(BASELINE)).findFirst().ifPresent(baseline ->
                counted.stream().filter(variant -> !variant.equals(baseline)).forEach(variant -> {
                    for (Metric metric : Metric.values()) {
                        ratios.add(ratio(variant, baseline, metric));
                    }
                }));
        return ratios;
    }

    public Optional<Ratio> ratio(String variant, Metric metric) {
        return ratios().stream().filter(ratio -> ratio.variant().equals(variant) && ratio.metric() == metric).findFirst();
    }

    /** The names of the hops in the order in which a request passes them. */
    public List<String> hops() {
        return variants.stream().flatMap(variant -> variant.rounds().stream()).findFirst().stream()
                .flatMap(round -> round.hops().stream()).map(HopBytes::hop).toList();
    }

    /** The names of the processes that used CPU time, in alphabetical order. */
    public List<String> processes() {
        return variants.stream().flatMap(variant -> variant.cpuMicrosByProcess().keySet().stream()).distinct().sorted().toList();
    }

    private static Ratio ratio(VariantResult variant, VariantResult baseline, Metric metric) {
        List<Double> values = variant.values(metric);
        List<Double> baselineValues = baseline.values(metric);
        return new Ratio(variant.name(), baseline.name(), metric, Spread.of(
                IntStream.range(0, values.size())
                        .mapToObj(round -> values.get(round) / baselineValues.get(round)).toList()));
    }
}
