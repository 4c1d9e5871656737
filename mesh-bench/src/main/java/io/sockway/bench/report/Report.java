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

    public Optional<VariantResult> baseline() {
        return variants.stream().filter(variant -> variant.name().equals(BASELINE)).findFirst();
    }

    /** Every metric of every variant but the baseline; empty without a baseline. */
    public List<Ratio> ratios() {
        List<Ratio> ratios = new ArrayList<>();
        baseline().ifPresent(baseline -> variants.stream().filter(variant -> !variant.equals(baseline)).forEach(variant -> {
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

    public int rounds() {
        return variants.stream().mapToInt(variant -> variant.rounds().size()).max().orElse(0);
    }

    private static Ratio ratio(VariantResult variant, VariantResult baseline, Metric metric) {
        List<Double> values = variant.values(metric);
        List<Double> baselineValues = baseline.values(metric);
        return new Ratio(variant.name(), baseline.name(), metric, Spread.of(
                IntStream.range(0, Math.min(values.size(), baselineValues.size()))
                        .mapToObj(round -> values.get(round) / baselineValues.get(round)).toList()));
    }
}
