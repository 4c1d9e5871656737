package io.sockway.bench.scenario;

import io.sockway.xds.yaml.Position;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads a scenario from YAML, with the line and column of everything that is wrong in it. */
public final class ScenarioReader {
    private static final int MOST_CONNECTIONS = 10_000;
    private static final int MOST_IN_FLIGHT = 1_000;
    private static final int MOST_BODY = 16 << 20;
    private static final int MOST_ROUNDS = 1_000;
    private static final double MOST_RATE = 2_000_000;
    private static final Duration LEAST_MEASURED = Duration.ofSeconds(2);
    private static final Duration MOST_TIME = Duration.ofHours(1);

    private final List<Topology> topologies;
    private final Problems problems = new Problems();

    private ScenarioReader(List<Topology> topologies) {
        this.topologies = topologies;
    }

    /**
     * Reads a scenario.
     *
     * @param file its name, for people
     * @param quick whether its section {@code quick} replaces the rest
     * @throws ScenarioException with all that is wrong
     */
    public static Scenario read(String file, String text, boolean quick, List<Topology> topologies) {
        ScenarioReader reader = new ScenarioReader(topologies);
        Optional<Scenario> scenario = reader.read(file, text, quick);
        if (!reader.problems.isEmpty()) {
            throw new ScenarioException(reader.problems.all());
        }
        return scenario.orElseThrow();
    }

    private Optional<Scenario> read(String file, String text, boolean quick) {
        Optional<YamlTree> tree = YamlTree.parse(file, text, problems);
        if (tree.isEmpty()) {
            if (problems.isEmpty()) {
                problems.add(new Position(file, 1, 1), "is empty; see docs/bench.md for what a scenario has");
            }
            return Optional.empty();
        }
        Fields whole = new Fields(tree.get(), "the scenario", problems);
        Optional<Fields> quickly = whole.overlay("quick").map(whole::overlaid);
        Scenario full = scenario(whole);
        // Read in any case: a mistake in it should not wait until somebody is in a hurry.
        Optional<Scenario> shortened = quickly.map(this::scenario);
        return Optional.of(quick ? shortened.orElse(full) : full);
    }

    private Scenario scenario(Fields fields) {
        String name = fields.text("scenario").orElseGet(() -> {
            fields.missing("scenario");
            return "";
        });
        String title = fields.text("title").orElse(name);
        List<Fields> variants = fields.sections("variants");
        if (variants.isEmpty()) {
            fields.missing("variants");
        }
        List<String> names = names(variants);
        String baseline = fields.text("baseline").orElse(names.isEmpty() ? "" : names.getFirst());
        if (!names.contains(baseline)) {
            fields.problem("baseline", "no variant is named '%s'; there are %s".formatted(baseline, String.join(", ", names)));
        }
        int rounds = fields.count("rounds", 5, 1, MOST_ROUNDS);
        Fields load = fields.required("load");
        List<LoadPoint> loads = loads(load);
        Duration warmUp = load.duration("warm_up", Duration.ofSeconds(1), Duration.ofSeconds(1), MOST_TIME);
        Duration measured = load.duration("duration", Duration.ofSeconds(3), LEAST_MEASURED, MOST_TIME);
        Blueprint blueprint = blueprint(fields, variants);
        variants.forEach(Fields::rejectUnknown);
        fields.rejectUnknown();
        return new Scenario(name, title, blueprint, names, baseline, loads, warmUp, measured, rounds);
    }

    private List<String> names(List<Fields> variants) {
        List<String> names = new ArrayList<>();
        for (Fields variant : variants) {
            String name = variant.text("name").orElse("");
            if (!variant.has("name")) {
                variant.missing("name");
            } else if (names.contains(name)) {
                variant.problem("name", "two variants are named '%s'; rename one".formatted(name));
            }
            names.add(name);
        }
        return names;
    }

    private Blueprint blueprint(Fields fields, List<Fields> variants) {
        List<String> names = topologies.stream().map(Topology::name).toList();
        if (!fields.has("topology")) {
            fields.missing("topology");
        }
        String chosen = fields.choice("topology", names);
        return topologies.stream().filter(topology -> topology.name().equals(chosen)).findFirst().orElseThrow().read(fields, variants);
    }

    /** Every combination of the lists. */
    private List<LoadPoint> loads(Fields load) {
        Generator generator = Generator.valueOf(upper(load.choice("generator", options(Generator.values()))));
        Protocol protocol = Protocol.valueOf(upper(load.choice("protocol", Stream.of(Protocol.values()).map(Protocol::option).toList())));
        List<Integer> connections = load.counts("connections", 16, 1, MOST_CONNECTIONS);
        List<Integer> bodies = load.sizes("body", 350, MOST_BODY);
        List<Integer> flights = load.counts("in_flight", 1, 1, MOST_IN_FLIGHT);
        List<Rate> rates = load.rates("rate", MOST_RATE);
        if (generator == Generator.WRK) {
            if (protocol != Protocol.HTTP1) {
                load.problem("protocol", "wrk speaks http1 only; leave out 'generator: wrk'");
            }
            if (rates.stream().anyMatch(rate -> !(rate instanceof Rate.Closed))) {
                load.problem("rate", "wrk knows no rate, it is a closed loop; leave out 'generator: wrk', or write 'rate: max'");
            }
            if (flights.stream().anyMatch(flight -> flight > 1)) {
                load.problem("in_flight", "wrk has one request in flight; leave out 'generator: wrk'");
            }
        }
        return connections.stream().flatMap(connection -> bodies.stream().flatMap(body -> flights.stream().flatMap(flight ->
                rates.stream().map(rate -> new LoadPoint(generator, protocol, connection, body, flight, rate))))).toList();
    }

    private static List<String> options(Generator... generators) {
        return Stream.of(generators).map(Generator::option).toList();
    }

    private static String upper(String option) {
        return option.toUpperCase(Locale.ROOT);
    }
}
