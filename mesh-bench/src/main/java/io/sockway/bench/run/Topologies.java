package io.sockway.bench.run;

import io.sockway.bench.network.Network;
import io.sockway.bench.pods.TwoPods;
import io.sockway.bench.scenario.Topology;
import io.sockway.bench.telemetry.OneEnvoy;
import java.util.List;

/** The topologies that scenarios can name. */
final class Topologies {
    static final List<Topology> ALL = List.of(new TwoPods(), new Network(), new OneEnvoy());

    private Topologies() {
    }
}
