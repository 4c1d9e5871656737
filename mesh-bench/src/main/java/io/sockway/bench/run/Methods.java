package io.sockway.bench.run;

import io.sockway.bench.report.Page;
import io.sockway.bench.report.Round;
import io.sockway.bench.scenario.Generator;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Rate;
import io.sockway.bench.scenario.Scenario;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How scenarios are measured, in words. */
public final class Methods {
    private static final double PERCENT = 100;
    private static final long MOST_SECONDS = 120;

    /** Processes start and end. */
    private static final Duration AROUND_SLICE = Duration.ofMillis(1_500);

    private Methods() {
    }

    /** The loads in one line. */
    public static String summary(Scenario scenario) {
        List<LoadPoint> loads = scenario.loads();
        String what = loads.size() == 1 ? loads.getFirst().label() : loads.size() + " loads";
        return "%s, %s of %s s for each variant".formatted(what, Page.rounds(scenario.rounds()), seconds(scenario.measured().toMillis()));
    }

    /** How long a run of it takes on a machine with nothing else to do, in words. */
    public static String time(Scenario scenario) {
        long slices = (long) scenario.loads().size() * scenario.rounds() * scenario.variants().size();
        long seconds = slices * scenario.warmUp().plus(scenario.measured()).plus(AROUND_SLICE).toMillis() / 1_000;
        return "%,d slices, about %s".formatted(slices, seconds < MOST_SECONDS ? seconds + " s" : Math.round(seconds / 60.0) + " min");
    }

    /** All that a reader needs to judge the figures, by topic. */
    public static Map<String, String> words(Scenario scenario) {
        Map<String, String> method = new LinkedHashMap<>(scenario.blueprint().method());
        method.put("Load", "%s; %s s of warm-up, then %s s that count".formatted(generator(scenario),
                seconds(scenario.warmUp().toMillis()), seconds(scenario.measured().toMillis())));
        method.put("Rounds", ("variants in turn, each round beginning with another one, fresh processes for every slice; a slice in which "
                + "other processes used more than %.0f %% of the CPUs is redone, %d times for each load at most, and a round that was "
                + "disturbed all the same does not count").formatted(Round.DISTURBED * PERCENT, Runner.MOST_REDONE));
        return method;
    }

    private static String generator(Scenario scenario) {
        List<LoadPoint> loads = scenario.loads();
        List<String> tools = scenario.allGenerators().stream().filter(generator -> generator.tool().isPresent())
                .map(Generator::option).toList();
        if (tools.size() == scenario.allGenerators().size()) {
            return String.join(", ", tools) + " where the client is, with one thread";
        }
        boolean open = loads.stream().anyMatch(load -> !(load.rate() instanceof Rate.Closed));
        boolean closed = loads.stream().anyMatch(load -> load.rate() instanceof Rate.Closed);
        String loop = (closed ? "a closed loop" : "") + (open && closed ? " or " : "")
                + (open ? "an open one, with latency from the time when a request was due" : "");
        return "sockway bench load where the client is, %s; %s, one thread, one process for all rounds%s".formatted(
                loads.getFirst().protocol().label(), loop, tools.isEmpty() ? "" : "; or " + String.join(", ", tools) + " by variant");
    }

    private static String seconds(long millis) {
        return millis % 1_000 == 0 ? Long.toString(millis / 1_000) : String.format(Locale.ROOT, "%.1f", millis / 1e3);
    }
}
