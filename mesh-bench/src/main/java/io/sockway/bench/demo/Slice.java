package io.sockway.bench.demo;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.SockwayStatus;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bench.load.Wrk;
import io.sockway.bench.load.WrkReport;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures one variant once, with fresh processes: one set of processes can be a fifth better than the next by luck.
 *
 * <p>Latencies and rates are the client's over the whole slice; CPU time and TCP's bytes are read twice while the load runs, some
 * way from its beginning and its end, so that connections being opened or closed are not part of them.
 */
final class Slice {
    /** Long enough for flows to be enrolled and for caches and pools to fill. */
    static final Duration WARM_UP = Duration.ofSeconds(1);

    private static final Duration BEGINNING = Duration.ofMillis(300);
    /** Long enough for the second reading to be done in time on a busy machine. */
    private static final Duration END = Duration.ofMillis(600);

    private final Settings settings;
    private final Lab lab;
    private final TwoPodMesh mesh;
    private final ProcessGroup outside;

    Slice(Settings settings, Lab lab, TwoPodMesh mesh) {
        this.settings = settings;
        this.lab = lab;
        this.mesh = mesh;
        this.outside = lab.hostProcesses("sockway");
    }

    /** One slice; empty when the machine was too busy to read its clocks while the load ran. */
    Optional<Round> measure(Variant variant) {
        try (Scope scope = lab.scope().child()) {
            Optional<Sockway> sockway = variant.flags().map(flags -> Sockway.start(
                    scope, lab, outside, settings.sockway().orElseThrow(), List.of(mesh.client(), mesh.server()), flags));
            TwoPodMesh.Workload workload = mesh.start(scope, settings.envoy());
            sockway.ifPresent(Sockway::awaitAttached);
            mesh.awaitReady(workload);
            load(scope, WARM_UP).await();

            Wrk load = load(scope, settings.measured());
            Await.sleep(BEGINNING);
            Reading before = Reading.take(lab, mesh, workload.outbound());
            Await.sleep(settings.measured().minus(BEGINNING).minus(END));
            Reading after = Reading.take(lab, mesh, workload.outbound());
            boolean inTime = load.running();
            WrkReport report = load.await();

            workload.requireAlive();
            Optional<SockwayStatus> status = sockway.map(Sockway::status);
            sockway.ifPresent(Sockway::detach);
            if (!inTime) {
                return Optional.empty();
            }
            if (after.requests() == before.requests()) {
                throw new LabException("no request was answered for %d ms".formatted(settings.measured().toMillis()));
            }
            return Optional.of(round(report, after.since(before), status));
        }
    }

    private Wrk load(Scope scope, Duration duration) {
        return Wrk.start(scope, mesh.client().processes(), mesh.url(settings.body()), settings.connections(), duration);
    }

    private static Round round(WrkReport report, Reading.Window window, Optional<SockwayStatus> status) {
        Map<Metric, Double> metrics = new EnumMap<>(Map.of(
                Metric.REQUESTS_PER_SECOND, report.requestsPerSecond(),
                Metric.LATENCY_P50, report.p50Micros(),
                Metric.LATENCY_P99, report.p99Micros(),
                Metric.CPU_PER_REQUEST, window.cpuMicros()));
        return new Round(metrics, window.cpuMicrosByProcess(), window.hops(), window.disturbance(),
                report.socketErrors() + report.badStatuses(), status);
    }
}
