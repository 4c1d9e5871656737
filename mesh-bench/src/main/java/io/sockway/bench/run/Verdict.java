package io.sockway.bench.run;

import io.sockway.bench.report.HopBytes;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.VariantResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Judges whether a variant's rounds show what the variant claims to be.
 *
 * @param expected bytes for one request that TCP carries on a hop when nothing is redirected, by the hop's name
 */
record Verdict(Map<String, Double> expected) {
    /** A redirected flow still sends a message by TCP now and then, to keep conntrack's entry alive. */
    private static final double STILL = 0.10;
    private static final double PERCENT = 100;

    /** The variant with what is wrong in each round, and altogether. */
    VariantResult judge(String variant, List<Round> rounds) {
        List<Round> judged = rounds.stream().map(round -> round.with(problems(round))).toList();
        return new VariantResult(variant, judged, summary(judged));
    }

    private List<String> problems(Round round) {
        List<String> problems = new ArrayList<>();
        long errors = round.client().failed();
        if (errors > 0) {
            problems.add("%d requests failed (%s)".formatted(errors, round.client().errors().entrySet().stream()
                    .map(error -> error.getKey() + " " + error.getValue()).sorted().collect(Collectors.joining(", "))));
        }
        claimed(List.of(round)).forEach(hop -> share(round, hop).stream().filter(share -> share >= STILL).forEach(share ->
                problems.add(String.format(Locale.ROOT, "%s carried %.0f %% of its bytes by TCP", hop, share * PERCENT))));
        if (!claimed(List.of(round)).isEmpty() && round.sockway().isPresent() && round.sockway().get().redirectedBytes() == 0) {
            problems.add("Sockway redirected nothing");
        }
        return problems;
    }

    private List<String> summary(List<Round> rounds) {
        List<String> summary = new ArrayList<>();
        long errors = rounds.stream().mapToLong(round -> round.client().failed()).sum();
        if (errors > 0) {
            summary.add("%d requests failed".formatted(errors));
        }
        claimed(rounds).forEach(hop -> notStill(hop, rounds).ifPresent(summary::add));
        List<String> others = rounds.stream().flatMap(round -> round.problems().stream())
                .filter(problem -> !problem.contains(" requests failed (") && !problem.endsWith("of its bytes by TCP")).distinct().toList();
        others.forEach(problem -> summary.add("%s in %d of %d rounds".formatted(problem,
                rounds.stream().filter(round -> round.problems().contains(problem)).count(), rounds.size())));
        return summary;
    }

    private Optional<String> notStill(String hop, List<Round> rounds) {
        List<Double> shares = rounds.stream().map(round -> share(round, hop)).flatMapToDouble(OptionalDouble::stream)
                .filter(share -> share >= STILL).boxed().toList();
        return shares.isEmpty() ? Optional.empty() : Optional.of(String.format(Locale.ROOT,
                "%s carried up to %.0f %% of its bytes by TCP in %d of %d rounds",
                hop, Spread.of(shares).max() * PERCENT, shares.size(), rounds.size()));
    }

    /** The names of the hops that TCP should carry next to nothing on. */
    private static List<String> claimed(List<Round> rounds) {
        return rounds.stream().flatMap(round -> round.hops().stream()).filter(HopBytes::claimed).map(HopBytes::hop).distinct().toList();
    }

    private OptionalDouble share(Round round, String hop) {
        return round.hop(hop).filter(HopBytes::claimed).map(HopBytes::receivedPerRequest)
                .map(received -> OptionalDouble.of(received / expected.get(hop))).orElse(OptionalDouble.empty());
    }
}
