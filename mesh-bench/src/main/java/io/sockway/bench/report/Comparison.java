package io.sockway.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All variants under one load.
 *
 * @param label the load in few words
 * @param load its parameters, by name
 * @param baseline the name of the variant that others are compared to, if it was measured
 * @param variants in the order of their display
 */
public record Comparison(String label, Map<String, Object> load, String baseline, List<VariantResult> variants) {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    public Comparison {
        variants = List.copyOf(variants);
    }

    /** The label, with the rate where that was found by measuring. */
    public String heading() {
        return open() && !label.endsWith("/s") && load.get("target_rps") instanceof Double rate
                ? String.format(Locale.ROOT, "%s (%,.0f/s)", label, rate) : label;
    }

    /** Whether requests came at a fixed rate: then that rate says nothing about a variant. */
    public boolean open() {
        return "open".equals(load.get("loop"));
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

    /** The metrics that all variants have. */
    public List<Metric> metrics() {
        return Stream.of(Metric.values()).filter(metric -> variants.stream().allMatch(variant -> variant.has(metric))).toList();
    }

    /** Those of them that people see. */
    public List<Metric> shown() {
        return metrics().stream().filter(Metric::shown).toList();
    }

    /** Every metric of every variant but the baseline, over the rounds that count; empty without a baseline. */
    public List<Ratio> ratios() {
        List<Ratio> ratios = new ArrayList<>();
        List<VariantResult> counted = counted();
        List<Metric> metrics = metrics();
        counted.stream().filter(variant -> variant.name().equals(baseline)).findFirst().ifPresent(base ->
                counted.stream().filter(variant -> !variant.equals(base)).forEach(variant ->
                        metrics.forEach(metric -> ratios.add(ratio(variant, base, metric)))));
        return ratios;
    }

    public Optional<Ratio> ratio(String variant, Metric metric) {
        return ratios().stream().filter(ratio -> ratio.variant().equals(variant) && ratio.metric() == metric).findFirst();
    }

    /** The names of the hops of all variants, in the order in which a request passes them. */
    public List<String> hops() {
        return variants.stream().flatMap(variant -> variant.rounds().stream()).flatMap(round -> round.hops().stream())
                .map(HopBytes::hop).distinct().toList();
    }

    /** The names of the further figures of all variants, in alphabetical order with numbers by their size. */
    public List<String> extras() {
        return variants.stream().flatMap(variant -> variant.rounds().stream()).flatMap(round -> round.extras().keySet().stream())
                .distinct().sorted(Comparator.comparing(Comparison::padded)).toList();
    }

    private static String padded(String name) {
        return NUMBER.matcher(name).replaceAll(number -> "%09d".formatted(Long.parseLong(number.group())));
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
