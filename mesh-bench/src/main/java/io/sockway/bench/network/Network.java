package io.sockway.bench.network;

import io.sockway.bench.faults.Faults;
import io.sockway.bench.lab.ContainerLink;
import io.sockway.bench.lab.NodeSettings;
import io.sockway.bench.scenario.Blueprint;
import io.sockway.bench.scenario.Fields;
import io.sockway.bench.scenario.Topology;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Two nodes with a pod each, linked as container networks do it, without proxies. */
public final class Network implements Topology {
    private static final int MOST = 1 << 20;
    private static final int NOT_GIVEN = 0;

    @Override
    public String name() {
        return "network";
    }

    @Override
    public String description() {
        return "two nodes (network namespaces) with a pod each, linked as container networks do it; nginx without proxies";
    }

    @Override
    public Blueprint read(Fields scenario, List<Fields> variants) {
        ContainerLink usual = link(scenario);
        scenario.choice("server", List.of("nginx"));
        scenario.section("load").ifPresent(load -> {
            if (load.text("protocol").orElse("").equals("tcp")) {
                load.problem("protocol", "this topology has no echo server; leave out 'protocol: tcp'");
            }
        });
        return new NetworkBlueprint(variants.stream().map(fields -> new NetworkSpec(fields.text("name").orElse(""),
                fields.has("link") ? link(fields) : usual, fields.section("settings").map(Network::settings).orElse(NodeSettings.NONE)))
                .toList(), scenario.choices("faults", Faults.names()));
    }

    private static ContainerLink link(Fields fields) {
        String option = fields.has("link") ? fields.choice("link", Stream.of(ContainerLink.values()).map(ContainerLink::option).toList())
                : ContainerLink.BRIDGE.option();
        return Stream.of(ContainerLink.values()).filter(link -> link.option().equals(option)).findFirst().orElseThrow();
    }

    private static NodeSettings settings(Fields fields) {
        return new NodeSettings(fields.flag("rps"), number(fields, "rfs"), fields.flag("xps"),
                fields.has("offloads") ? Optional.of(fields.flag("offloads")) : Optional.empty(), number(fields, "backlog"),
                number(fields, "rings"), number(fields, "queue_length"));
    }

    private static OptionalInt number(Fields fields, String key) {
        int number = fields.count(key, NOT_GIVEN, 1, MOST);
        return number == NOT_GIVEN ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
