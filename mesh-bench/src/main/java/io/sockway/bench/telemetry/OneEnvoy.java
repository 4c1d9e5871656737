package io.sockway.bench.telemetry;

import io.sockway.bench.cli.Named;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Fields;
import io.sockway.bench.scenario.Protocol;
import io.sockway.bench.scenario.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One Envoy with one worker on one CPU, and everything else on another; variants differ in how requests are counted. */
public final class OneEnvoy implements Topology {
    private static final int MOST_SERIES = 15_000;

    @Override
    public String name() {
        return "one-envoy";
    }

    @Override
    public String description() {
        return "one Envoy with one worker, which answers itself or stands before nginx; variants differ in its telemetry";
    }

    @Override
    public Blueprint read(Fields scenario, List<Fields> variants) {
        String answers = scenario.choice("answers", Stream.of(Answers.values()).map(Named::option).toList());
        List<Integer> series = scenario.has("series") ? scenario.counts("series", 0, 1, MOST_SERIES) : List.of();
        scenario.section("load").filter(load -> load.text("protocol").equals(Optional.of(Protocol.TCP.option()))).ifPresent(load ->
                load.problem("protocol", "the telemetries of one-envoy are about HTTP; write http1 or http2"));
        List<OneEnvoyBlueprint.Named> named = new ArrayList<>();
        for (Fields variant : variants) {
            String telemetry = variant.choice("telemetry", Stream.of(Telemetry.values()).map(Named::option).toList());
            named.add(new OneEnvoyBlueprint.Named(variant.text("name").orElse(""),
                    Named.parse(List.of(telemetry), Telemetry.class).getFirst()));
        }
        return new OneEnvoyBlueprint(Named.parse(List.of(answers), Answers.class).getFirst(), series, named);
    }
}
