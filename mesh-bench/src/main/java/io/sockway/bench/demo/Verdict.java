package io.sockway.bench.demo;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Judges whether a variant's rounds show what the variant claims to be. */
final class Verdict {
    /** A redirected flow still sends a message by TCP now and then, to keep conntrack's entry alive. */
    private static final double STILL = 0.10;
    private static final double PERCENT = 100;

    private Verdict() {
    }

    /**
     * What is wrong with the rounds of a variant, or nothing.
     *
     * @param expected bytes for one request that TCP carries on each hop, in the order of the hops, when nothing is redirected
     */
    static List<String> problems(Variant variant, List<Hop> hops, List<Double> expected, List<Round> rounds) {
        List<String> problems = new ArrayList<>();
        long errors = rounds.stream().mapToLong(Round::errors).sum();
        if (errors > 0) {
            problems.add("%d requests failed".formatted(errors));
        }
        for (int index = 0; index < hops.size(); index++) {
            Hop hop = hops.get(index);
            if (variant.redirects(hop)) {
                notStill(hop, expected.get(index), byHop(rounds, index)).ifPresent(problems::add);
            }
        }
        return problems;
    }

    private static List<Double> byHop(List<Round> rounds, int index) {
        return rounds.stream().map(round -> round.hops().get(index).receivedPerRequest()).toList();
    }

    private static Optional<String> notStill(Hop hop, double expected, List<Double> receivedPerRequest) {
        List<Double> shares = receivedPerRequest.stream().map(received -> received / expected).filter(share -> share >= STILL).toList();
        return shares.isEmpty() ? Optional.empty() : Optional.of(String.format(Locale.ROOT,
                "%s carried up to %.0f %% of its bytes by TCP in %d of %d rounds",
                hop.name(), Spread.of(shares).max() * PERCENT, shares.size(), receivedPerRequest.size()));
    }
}
