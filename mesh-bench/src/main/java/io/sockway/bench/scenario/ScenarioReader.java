package io.sockway.bench.scenario;

import io.sockway.xds.yaml.Position;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
        if (!tree.get().isMapping()) {
            return Optional.empty();
        }
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
        if (!names.isEmpty() && !names.contains(baseline)) {
            fields.problem("baseline", "no variant is named '%s'; there are %s".formatted(baseline, String.join(", ", names)));
        }
        int rounds = fields.count("rounds", 5, 1, MOST_ROUNDS);
        Fields load = fields.required("load");
        List<LoadPoint> loads = loads(load);
        Map<String, Generator> generators = generators(variants, loads);
        Duration warmUp = load.duration("warm_up", Duration.ofSeconds(1), Duration.ofSeconds(1), MOST_TIME);
        Duration measured = load.duration("duration", Duration.ofSeconds(3), LEAST_MEASURED, MOST_TIME);
        Blueprint blueprint = blueprint(fields, variants);
        variants.forEach(Fields::rejectUnknown);
        fields.rejectUnknown();
        return new Scenario(name, title, blueprint, names, baseline, loads, generators, warmUp, measured, rounds);
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
        List<LoadPoint> loads = connections.stream().flatMap(connection ->
                bodies.stream().flatMap(body -> flights.stream().flatMap(flight ->
                rates.stream().map(rate -> new LoadPoint(generator, protocol, connection, body, flight, rate))))).toList();
        refusals(generator, loads).forEach(load::problem);
        return loads;
    }

    /** Of the variants that name one of their own. */
    private static Map<String, Generator> generators(List<Fields> variants, List<LoadPoint> loads) {
        Map<String, Generator> generators = new HashMap<>();
        for (Fields variant : variants) {
            if (variant.has("generator")) {
                Generator generator = Generator.valueOf(upper(variant.choice("generator", options(Generator.values()))));
                generators.put(variant.text("name").orElse(""), generator);
                refusals(generator, loads).values().forEach(refusal -> variant.problem("generator", refusal));
            }
        }
        return generators;
    }

    /** What a program cannot do of the loads, by the key that asks for it. */
    private static Map<String, String> refusals(Generator generator, List<LoadPoint> loads) {
        Map<String, String> refusals = new LinkedHashMap<>();
        if (generator.tool().isEmpty()) {
            return refusals;
        }
        String name = generator.option();
        if (loads.stream().anyMatch(load -> load.protocol() != Protocol.HTTP1)) {
            refusals.put("protocol", "%s is given http1 only; leave out 'generator: %s'".formatted(name, name));
        }
        if (!generator.paced() && loads.stream().anyMatch(load -> !(load.rate() instanceof Rate.Closed))) {
            refusals.put("rate", "%s knows no rate, it is a closed loop; leave out 'generator: %s', or write 'rate: max'"
                    .formatted(name, name));
        }
        if (loads.stream().anyMatch(load -> load.inFlight() > 1)) {
            refusals.put("in_flight", "%s has one request in flight; leave out 'generator: %s'".formatted(name, name));
        }
        return refusals;
    }

    private static List<String> options(Generator... generators) {
        return Stream.of(generators).map(Generator::option).toList();
    }

    private static String upper(String option) {
        return option.toUpperCase(Locale.ROOT);
    }
}
