package io.sockway.bench.telemetry;

import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An Envoy with a telemetry. Its collector, if it has one, is started at the first slice and lives until the lab closes. */
final class TelemetryVariant implements Variant {
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
            collector = Optional.of(CollectorProcess.start(place.lab().scope(), place.pod(), place.others(), port,
                    place.lab().directory("collector-" + telemetry.option())));
        }
        Proxy proxy = Proxy.start(scope, place, telemetry, collector, port, load.bodyBytes(), 0);
        proxy.awaitReply();
        return new Running(proxy, first.get().equals(load) ? memory : Map.of());
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
            return Proxy.target();
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
