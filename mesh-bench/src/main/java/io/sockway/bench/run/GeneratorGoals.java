package io.sockway.bench.run;

import io.sockway.bench.report.Comparison;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.Spread;
import io.sockway.bench.report.VariantResult;
import io.sockway.bench.scenario.Generator;
import io.sockway.bench.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How much the load generator has to do with a core, against those of others: more than fortio, and two thirds of wrk, which is in C
 * and keeps no schedule. A core's worth is what a second of its own CPU time made, so that a server which is the limit takes nothing
 * from a generator that waits for it.
 */
final class GeneratorGoals {
    private static final String FIGURE = "requests_per_generator_cpu_second";
    private static final double MICROS = 1e6;
    private static final Map<Generator, Double> LEAST = Map.of(Generator.FORTIO, 1.0, Generator.WRK, 1 / 1.5);

    private GeneratorGoals() {
    }

    /** The round with the figure that is judged, as far as the generator's CPU time was seen. */
    static Round figured(Round round, Generator generator) {
        double micros = round.cpu().microsByProcess().getOrDefault(generator.process(), 0.0);
        return micros > 0 ? round.with(FIGURE, MICROS / micros) : round;
    }

    /** Judges every closed loop of a scenario that compares generators: on a schedule it is wakeups that cost, and not requests. */
    static List<Goal> judge(Scenario scenario, List<Comparison> comparisons) {
        List<Goal> goals = new ArrayList<>();
        if (scenario.comparesGenerators()) {
            comparisons.stream().filter(comparison -> !comparison.open()).forEach(comparison -> comparison.counted().stream()
                    .filter(variant -> scenario.generators().get(variant.name()) == Generator.SOCKWAY)
                    .forEach(own -> comparison.counted().forEach(other -> {
                        Double least = LEAST.get(scenario.generators().get(other.name()));
                        if (least != null) {
                            goals.add(goal(comparison, own, other, least));
                        }
                    })));
        }
        return goals;
    }

    private static Goal goal(Comparison comparison, VariantResult own, VariantResult other, double least) {
        Spread ratio = Spread.of(IntStream.range(0, own.rounds().size())
                .mapToObj(round -> figure(own, round) / figure(other, round)).toList());
        return new Goal(String.format(Locale.ROOT, "%s: requests for a second of the generator's CPU time: %,.0f with %s and %,.0f with "
                + "%s: x%.2f (%.2f-%.2f); at least x%.2f is the goal%s", comparison.label(), own.extra(FIGURE).orElse(0), own.name(),
                other.extra(FIGURE).orElse(0), other.name(), ratio.median(), ratio.min(), ratio.max(), least,
                comparison.disturbed() ? ", but disturbed rounds cannot tell" : ""), ratio.median() >= least);
    }

    private static double figure(VariantResult variant, int round) {
        return variant.rounds().get(round).extras().getOrDefault(FIGURE, Double.NaN);
    }
}
