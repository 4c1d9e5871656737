package io.sockway.bench.demo;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.VariantResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Measures all variants in turn, round by round, and tells of each slice as it ends. */
final class Comparison {
    /** Bounds how much longer a run takes on a busy machine. */
    static final int MOST_REDONE = 3;

    /** How often in a row the clocks may be read too late before that is a failure. */
    private static final int MOST_UNREADABLE = 3;

    private final Settings settings;
    private final TwoPodMesh mesh;
    private final Slice slice;
    private final PrintWriter progress;
    private final Map<Variant, List<Round>> rounds = new EnumMap<>(Variant.class);
    private int redone;

    Comparison(Settings settings, Lab lab, PrintWriter progress) {
        this.settings = settings;
        this.mesh = TwoPodMesh.create(lab, settings.family());
        this.slice = new Slice(settings, lab, mesh);
        this.progress = progress;
    }

    /** The results in the order of the settings' variants. */
    List<VariantResult> run() {
        settings.variants().forEach(variant -> rounds.put(variant, new ArrayList<>()));
        for (int round = 0; round < settings.rounds(); round++) {
            progress.printf(Locale.ROOT, "round %d of %d:", round + 1, settings.rounds());
            progress.flush();
            try {
                order(round).forEach(this::measure);
            } finally {
                progress.println();
                progress.flush();
            }
        }
        List<Double> expected = expected();
        return settings.variants().stream().map(variant -> new VariantResult(variant.label(), rounds.get(variant),
                Verdict.problems(variant, mesh.hops(), expected, rounds.get(variant)))).toList();
    }

    /** How many slices were thrown away. */
    int redone() {
        return redone;
    }

    /** Sockway's version as it reports it itself, if it ran. */
    Optional<String> sockwayVersion() {
        return rounds.values().stream().flatMap(List::stream).flatMap(round -> round.sockway().stream()).findFirst()
                .map(status -> status.version());
    }

    /** Each round begins with another variant, so that none always follows the same one. */
    private List<Variant> order(int round) {
        List<Variant> order = new ArrayList<>(settings.variants());
        Collections.rotate(order, -round);
        return order;
    }

    private void measure(Variant variant) {
        Round round = undisturbed(variant);
        rounds.get(variant).add(round);
        progress.printf(Locale.ROOT, "  %s %,.0f/s", variant.label(), round.metric(Metric.REQUESTS_PER_SECOND));
        progress.flush();
    }

    private Round undisturbed(Variant variant) {
        Round best = readable(variant);
        while (best.disturbed() && redone < MOST_REDONE) {
            redone++;
            Round again = readable(variant);
            best = again.disturbance() < best.disturbance() ? again : best;
        }
        return best;
    }

    private Round readable(Variant variant) {
        return Stream.generate(() -> slice.measure(variant)).limit(MOST_UNREADABLE).flatMap(Optional::stream).findFirst()
                .orElseThrow(() -> new LabException("the machine is too busy to measure on: end other work, or give more --duration"));
    }

    /** What TCP carries on each hop when nothing is redirected: as measured, or else at least the body. */
    private List<Double> expected() {
        List<Round> plain = rounds.getOrDefault(Variant.PLAIN, List.of());
        List<Hop> hops = mesh.hops();
        return IntStream.range(0, hops.size()).mapToObj(hop -> plain.isEmpty()
                ? (double) settings.body().bytes()
                : Spread.of(plain.stream().map(round -> round.hops().get(hop).receivedPerRequest()).toList()).median()).toList();
    }
}
