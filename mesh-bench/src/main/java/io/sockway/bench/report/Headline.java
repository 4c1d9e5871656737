package io.sockway.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a run found of one variant, in half a sentence.
 *
 * @param variant not the baseline, unless there is something wrong with that
 * @param text begins in lower case and ends with a full stop
 */
record Headline(VariantResult variant, String text) {
    private static final int ROUNDS_FOR_A_CLAIM = 3;

    /** Problems of any variant, and what each gains over the baseline, under one load. */
    static List<Headline> of(Comparison comparison) {
        List<Headline> headlines = new ArrayList<>();
        Metric first = comparison.open() && comparison.metrics().contains(Metric.LATENCY_P50)
                ? Metric.LATENCY_P50 : Metric.REQUESTS_PER_SECOND;
        for (VariantResult variant : comparison.counted()) {
            if (!variant.valid()) {
                headlines.add(new Headline(variant, "no valid result, " + String.join("; ", variant.problems()) + "."));
                continue;
            }
            comparison.ratio(variant.name(), first).ifPresent(gain ->
                    comparison.ratio(variant.name(), Metric.CPU_PER_REQUEST).ifPresent(cpu -> headlines.add(new Headline(variant,
                            change(comparison, first, gain.spread(), cpu.spread())))));
        }
        return headlines;
    }

    private static String change(Comparison comparison, Metric metric, Spread gain, Spread cpu) {
        int rounds = comparison.countedRounds().size();
        String what = words(metric);
        if (rounds < ROUNDS_FOR_A_CLAIM || comparison.disturbed()) {
            return "%s %% %s and %s %% CPU time per request, but %s cannot tell luck from gain.".formatted(
                    signed(gain.median()), what, signed(cpu.median()), comparison.disturbed() ? "disturbed rounds" : rounds(rounds));
        }
        return "%s and %s.".formatted(
                change(gain, what, " over " + rounds(rounds)), change(cpu, "CPU time per request", ""));
    }

    private static String words(Metric metric) {
        return metric == Metric.REQUESTS_PER_SECOND ? "requests per second" : "median latency";
    }

    /** A change is claimed only when all rounds agree on its direction. */
    private static String change(Spread ratio, String what, String over) {
        String range = "(%s to %s %%%s)".formatted(signed(ratio.min()), signed(ratio.max()), over);
        if (!ratio.excludes(1)) {
            return "no clear change of %s %s".formatted(what, range);
        }
        return "%.0f %% %s %s %s".formatted(Math.abs(percent(ratio.median())), ratio.median() > 1 ? "more" : "less", what, range);
    }

    static String rounds(int count) {
        return count == 1 ? "1 round" : count + " rounds";
    }

    private static String signed(double ratio) {
        return String.format(Locale.ROOT, "%+.0f", percent(ratio));
    }

    private static double percent(double ratio) {
        return (ratio - 1) * 100;
    }
}
