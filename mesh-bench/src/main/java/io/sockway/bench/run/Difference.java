package io.sockway.bench.run;

import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Two runs side by side.
 *
 * @param text for people
 * @param regressed whether the later run is worse
 */
record Difference(String text, boolean regressed) {
    private static final double PERCENT = 100;

    /**
     * Compares figures that both runs have.
     *
     * @param names of metrics
     * @param ratios whether their ratios to the baseline are compared, and not they themselves
     * @param threshold how much worse a median may be, as a share
     */
    static Difference of(SavedRun before, SavedRun after, List<String> names, boolean ratios, double threshold) {
        List<Metric> metrics = names.stream().map(Difference::metric).toList();
        Map<SavedRun.Key, Spread> earlier = ratios ? before.ratios() : before.values();
        Map<SavedRun.Key, Spread> later = ratios ? after.ratios() : after.values();
        TextTable table = new TextTable().row(List.of("variant", "load", "metric", "A", "B", "change", ""));
        List<String> lost = lost(before, after);
        Set<String> unmatched = new LinkedHashSet<>();
        boolean regressed = false;
        int compared = 0;
        for (Map.Entry<SavedRun.Key, Spread> figure : earlier.entrySet()) {
            Spread now = later.get(figure.getKey());
            Metric metric = metrics.stream().filter(each -> each.key().equals(figure.getKey().metric())).findFirst().orElse(null);
            if (metric == null || figure.getValue().median() == 0) {
                continue;
            }
            if (now == null) {
                missing(figure.getKey(), before, after, later.keySet()).ifPresent(lost::add);
                if (later.keySet().stream().noneMatch(key -> key.load().equals(figure.getKey().load()))) {
                    unmatched.add(figure.getKey().load());
                }
                continue;
            }
            compared++;
            boolean worse = worse(metric, figure.getValue(), now, threshold);
            regressed |= worse;
            table.row(List.of(figure.getKey().variant(), figure.getKey().load(), metric.key(), format(figure.getValue().median()),
                    format(now.median()), String.format(Locale.ROOT, "%+.1f %%", (now.median() / figure.getValue().median() - 1) * PERCENT),
                    worse ? "REGRESSION" : ""));
        }
        if (compared == 0) {
            throw new UnmetRequirementException("nothing is in both %s and %s".formatted(before.file(), after.file()),
                    "compare two runs of the same scenario");
        }
        regressed |= !lost.isEmpty();
        StringBuilder text = new StringBuilder("A: %s%nB: %s%n".formatted(before.file(), after.file()));
        text.append(ratios ? "Ratios to the baseline, medians over the rounds\n" : "Medians over the rounds\n").append(table.render());
        if (!before.scenario().equals(after.scenario())) {
            text.append("Note: A is of the scenario %s, B of %s%n".formatted(before.scenario(), after.scenario()));
        }
        unmatched.forEach(load -> text.append("Note: in A only, and not compared: ").append(load).append('\n'));
        lost.forEach(line -> text.append(line).append('\n'));
        text.append(String.format(Locale.ROOT, regressed ? "Worse: beyond the threshold of %.0f %%, or lost%n"
                : "No regression beyond %.0f %%%n", threshold * PERCENT));
        return new Difference(text.toString(), regressed);
    }

    /** A figure that should be in B, since others of its variant and load are. */
    private static Optional<String> missing(SavedRun.Key figure, SavedRun before, SavedRun after, Set<SavedRun.Key> later) {
        boolean loadThere = later.stream().anyMatch(key ->
                key.variant().equals(figure.variant()) && key.load().equals(figure.load()));
        return loadThere && before.valid().contains(figure.variant()) && after.valid().contains(figure.variant())
                ? Optional.of("LOST: %s of %s, %s, is a number in A, and not in B".formatted(
                        figure.metric(), figure.variant(), figure.load()))
                : Optional.empty();
    }

    private static Metric metric(String name) {
        return Stream.of(Metric.values()).filter(metric -> metric.key().equals(name)).findFirst().orElseThrow(() ->
                new UnmetRequirementException("--metrics: '%s' is no metric".formatted(name),
                        "there are " + String.join(", ", Stream.of(Metric.values()).map(Metric::key).toList())));
    }

    /** The median by more than the threshold, and every round on that side of the earlier median. */
    private static boolean worse(Metric metric, Spread before, Spread now, double threshold) {
        double median = before.median();
        return metric.moreIsBetter()
                ? now.median() < median * (1 - threshold) && now.max() < median
                : now.median() > median * (1 + threshold) && now.min() > median;
    }

    private static List<String> lost(SavedRun before, SavedRun after) {
        List<String> lost = new ArrayList<>();
        before.valid().stream().filter(variant -> !after.valid().contains(variant))
                .forEach(variant -> lost.add("LOST: " + variant + " is valid in A, and not in B"));
        return lost;
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, value >= 1_000 ? "%,.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
