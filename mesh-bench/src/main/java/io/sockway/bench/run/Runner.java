package io.sockway.bench.run;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.VariantResult;
import io.sockway.bench.scenario.Generator;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Rate;
import io.sockway.bench.scenario.Scenario;
import io.sockway.bench.scenario.Variant;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Measures all variants of a scenario in turn, load by load and round by round, and tells of each slice as it ends. For one thread. */
public final class Runner {
    /** Bounds how much longer a load takes on a busy machine. */
    public static final int MOST_REDONE = 3;

    /** How often in a row the clocks may be read too late before that is a failure. */
    private static final int MOST_UNREADABLE = 3;

    private final Scenario scenario;
    private final List<Variant> variants;
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final Slice slice;
    private final PrintWriter progress;
    private final Map<LoadPoint, Double> saturations = new LinkedHashMap<>();
    private int redone;
    private int redoneOfLoad;
    private Optional<String> sockwayVersion = Optional.empty();

    private Runner(Scenario scenario, Lab lab, boolean softIrqApart, PrintWriter progress) {
        this.scenario = scenario;
        this.slice = new Slice(lab, softIrqApart);
        this.progress = progress;
        List<Variant> built = scenario.blueprint().build(lab);
        built.forEach(variant -> missingGenerator(variant.name()).or(variant::unavailable)
                .ifPresent(reason -> skipped.put(variant.name(), reason)));
        this.variants = built.stream().filter(variant -> !skipped.containsKey(variant.name())).toList();
        if (variants.isEmpty()) {
            throw new LabException("no variant can be measured here: " + skipped);
        }
    }

    /** Why the generator of a variant's own is not there. */
    private Optional<String> missingGenerator(String variant) {
        try {
            Optional.ofNullable(scenario.generators().get(variant)).flatMap(Generator::tool).ifPresent(Tool::path);
            return Optional.empty();
        } catch (UnmetRequirementException e) {
            return Optional.of(e.getMessage());
        }
    }

    /**
     * What a run measured.
     *
     * @param comparisons one for each load
     * @param skipped why variants were left out, by their names
     * @param redone how many slices were thrown away
     * @param sockwayVersion as it reports it itself, if it ran
     */
    public record Results(List<Comparison> comparisons, Map<String, String> skipped, int redone, Optional<String> sockwayVersion) {
    }

    /**
     * Runs the scenario in a lab, whose scope then owns what is shared by the rounds.
     *
     * @param softIrqApart whether the kernel keeps the time of interrupts apart from that of processes
     */
    public static Results run(Scenario scenario, Lab lab, boolean softIrqApart, PrintWriter progress) {
        Runner runner = new Runner(scenario, lab, softIrqApart, progress);
        runner.skipped.forEach((variant, reason) -> progress.println("left out: " + variant + ": " + reason));
        List<Comparison> comparisons = runner.scenario.loads().stream().map(runner::resolved).map(runner::compare).toList();
        return new Results(comparisons, runner.skipped, runner.redone, runner.sockwayVersion);
    }

    /** A share of the saturation becomes a rate by measuring the saturation, once for each load. */
    private LoadPoint resolved(LoadPoint load) {
        if (!(load.rate() instanceof Rate.Share share)) {
            return load;
        }
        double saturation = saturations.computeIfAbsent(load.at(new Rate.Closed()), this::saturation);
        return load.at(share.of(saturation));
    }

    private double saturation(LoadPoint closed) {
        Variant baseline = variants.stream().filter(variant -> variant.name().equals(scenario.baseline())).findFirst()
                .orElseThrow(() -> new LabException("the baseline %s cannot be measured here: %s".formatted(
                        scenario.baseline(), skipped.get(scenario.baseline()))));
        double saturation = Spread.of(Stream.generate(() -> undisturbed(baseline, closed)).limit(2)
                .map(round -> round.metric(Metric.REQUESTS_PER_SECOND)).toList()).median();
        progress.printf(Locale.ROOT, "saturation of %s, %s: %,.0f/s%n", baseline.name(), closed.label(), saturation);
        progress.flush();
        return saturation;
    }

    private Comparison compare(LoadPoint load) {
        if (scenario.loads().size() > 1) {
            progress.println(load.label());
        }
        redoneOfLoad = 0;
        Map<String, List<Round>> rounds = new LinkedHashMap<>();
        variants.forEach(variant -> rounds.put(variant.name(), new ArrayList<>()));
        for (int round = 0; round < scenario.rounds(); round++) {
            progress.printf(Locale.ROOT, "round %d of %d:", round + 1, scenario.rounds());
            progress.flush();
            try {
                order(round).forEach(variant -> measure(variant, load, rounds.get(variant.name())));
            } finally {
                progress.println();
                progress.flush();
            }
        }
        Map<String, Double> expected = expected(load, rounds);
        List<VariantResult> results = variants.stream().map(variant ->
                new Verdict(expected).judge(variant.name(), rounds.get(variant.name()))).toList();
        Map<String, Object> parameters = load.parameters();
        if (!scenario.generators().isEmpty()) {
            parameters.put("generator", "by variant");
        }
        parameters.put("warm_up_seconds", scenario.warmUp().toMillis() / 1e3);
        parameters.put("measured_seconds", scenario.measured().toMillis() / 1e3);
        return new Comparison(load.label(), parameters, scenario.baseline(), results);
    }

    /** Each round begins with another variant, so that none always follows the same one. */
    private List<Variant> order(int round) {
        List<Variant> order = new ArrayList<>(variants);
        Collections.rotate(order, -round);
        return order;
    }

    private void measure(Variant variant, LoadPoint load, List<Round> rounds) {
        Round round = undisturbed(variant, load);
        rounds.add(scenario.comparesGenerators() ? GeneratorGoals.figured(round, scenario.generator(variant.name(), load)) : round);
        round.sockway().ifPresent(status -> sockwayVersion = Optional.of(status.version()));
        if (load.rate() instanceof Rate.Closed) {
            progress.printf(Locale.ROOT, "  %s %,.0f/s", variant.name(), round.metric(Metric.REQUESTS_PER_SECOND));
        } else {
            progress.printf(Locale.ROOT, "  %s %s", variant.name(), Metric.LATENCY_P50.format(round.metric(Metric.LATENCY_P50)));
        }
        progress.flush();
    }

    private Round undisturbed(Variant variant, LoadPoint load) {
        Round best = readable(variant, load);
        while (best.disturbed() && redoneOfLoad < MOST_REDONE) {
            redone++;
            redoneOfLoad++;
            Round again = readable(variant, load);
            best = again.disturbance() < best.disturbance() ? again : best;
        }
        return best;
    }

    private Round readable(Variant variant, LoadPoint load) {
        LoadPoint own = load.by(scenario.generator(variant.name(), load));
        return Stream.generate(() -> slice.measure(variant, own, scenario.warmUp(), scenario.measured()))
                .limit(MOST_UNREADABLE).flatMap(Optional::stream).findFirst()
                .orElseThrow(() -> new LabException("the machine is too busy to measure on: end other work, or give more --duration"));
    }

    /** What TCP carries on each hop when nothing is redirected: as measured with the variants that do not, or else at least the body. */
    private Map<String, Double> expected(LoadPoint load, Map<String, List<Round>> rounds) {
        Map<String, List<Double>> received = new LinkedHashMap<>();
        rounds.values().stream().flatMap(List::stream).flatMap(round -> round.hops().stream()).forEach(hop -> {
            List<Double> values = received.computeIfAbsent(hop.hop(), name -> new ArrayList<>());
            if (!hop.claimed()) {
                values.add(hop.receivedPerRequest());
            }
        });
        Map<String, Double> expected = new LinkedHashMap<>();
        received.forEach((hop, values) -> expected.put(hop, values.isEmpty() ? (double) load.bodyBytes() : Spread.of(values).median()));
        return expected;
    }
}
