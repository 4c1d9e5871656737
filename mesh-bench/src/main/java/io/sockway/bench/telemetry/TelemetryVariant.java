package io.sockway.bench.telemetry;

import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.load.LoadPlan;
import io.sockway.bench.load.RemoteLoad;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An Envoy with a telemetry. Its collector, if it has one, is started at the first slice and lives until the lab closes. */
final class TelemetryVariant implements Variant {
    private static final Duration PRIMING = Duration.ofSeconds(4);

    private final String name;
    private final Telemetry telemetry;
    private final Place place;
    private Optional<CollectorProcess> collector = Optional.empty();
    private Map<String, Double> memory = Map.of();
    /** The rounds of this load tell of the memory. */
    private Optional<LoadPoint> first = Optional.empty();

    TelemetryVariant(String name, Telemetry telemetry, Place place) {
        this.name = name;
        this.telemetry = telemetry;
        this.place = place;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Stage start(Scope scope, LoadPoint load) {
        if (first.isEmpty()) {
            first = Optional.of(load);
            memory = SeriesMemory.measure(place, telemetry);
        }
        int port = Place.collectorPort(telemetry);
        if (telemetry.collected() && collector.isEmpty()) {
            collector = Optional.of(primedCollector(load, port));
        }
        Proxy proxy = Proxy.start(scope, place, telemetry, collector, port, load.bodyBytes(), 0);
        proxy.awaitReply();
        return new Running(proxy, first.get().equals(load) ? memory : Map.of());
    }

    /** Load for some seconds before anything counts: a JVM that has just started is busy compiling. */
    private CollectorProcess primedCollector(LoadPoint load, int port) {
        CollectorProcess started = CollectorProcess.start(place.lab().scope(), place.pod(), place.others(), port,
                place.lab().directory("collector-" + telemetry.option()));
        try (Scope scope = place.lab().scope().child()) {
            Proxy proxy = Proxy.start(scope, place, telemetry, Optional.of(started), port, load.bodyBytes(), 0);
            proxy.awaitReply();
            RemoteLoad generator = RemoteLoad.start(scope, place.lab(), place.others(), "prime-" + telemetry.option());
            LoadPlan plan = LoadPlan.of(proxy.target(), load.protocol(), load.connections(), PRIMING, Duration.ofMillis(500));
            generator.begin(plan);
            generator.await(plan);
            List<String> problems = proxy.miscounted();
            if (!problems.isEmpty()) {
                throw new LabException("the collector of %s: %s".formatted(name, String.join("; ", problems)));
            }
        }
        return started;
    }

    private final class Running implements Stage {
        private final Proxy proxy;
        private final Map<String, Double> figures;

        Running(Proxy proxy, Map<String, Double> figures) {
            this.proxy = proxy;
            this.figures = figures;
        }

        @Override
        public URI target() {
            return proxy.target();
        }

        @Override
        public ProcessGroup client() {
            return place.others();
        }

        @Override
        public void requireAlive() {
            proxy.requireAlive();
            collector.map(CollectorProcess::process).ifPresent(LabProcess::requireAlive);
        }

        @Override
        public List<String> problems() {
            return proxy.miscounted();
        }

        @Override
        public Map<String, Double> extras() {
            Map<String, Double> extras = new LinkedHashMap<>(figures);
            if (telemetry.collected()) {
                extras.put("dropped_requests", (double) proxy.dropped());
            }
            return extras;
        }
    }
}
