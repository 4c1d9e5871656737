package io.sockway.bench.run;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.load.LoadPlan;
import io.sockway.bench.load.LoadResult;
import io.sockway.bench.load.RemoteLoad;
import io.sockway.bench.load.Wrk;
import io.sockway.bench.load.WrkReport;
import io.sockway.bench.report.ClientView;
import io.sockway.bench.report.Metric;
import io.sockway.bench.scenario.Generator;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Protocol;
import io.sockway.bench.scenario.Rate;
import io.sockway.bench.scenario.Stage;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Starts load on stages. Its own generator is one process for each group, for as long as the lab lives. */
final class Drivers {
    private static final Duration PRIMING = Duration.ofMillis(2_500);

    private final Lab lab;
    private final Map<ProcessGroup, RemoteLoad> generators = new HashMap<>();

    Drivers(Lab lab) {
        this.lab = lab;
    }

    /** Starts a load, of a rate that is no share, and returns when its warm-up is over. */
    LoadRun start(Scope scope, Stage stage, LoadPoint load, Duration warmUp, Duration measured) {
        return load.generator() == Generator.WRK ? wrk(scope, stage, load, warmUp, measured) : own(stage, load, warmUp, measured);
    }

    private static LoadRun wrk(Scope scope, Stage stage, LoadPoint load, Duration warmUp, Duration measured) {
        Wrk.start(scope, stage.client(), stage.target(), load.connections(), warmUp).await();
        long start = System.nanoTime();
        Wrk wrk = Wrk.start(scope, stage.client(), stage.target(), load.connections(), measured);
        return () -> {
            WrkReport report = wrk.await();
            Map<Metric, Double> metrics = new EnumMap<>(Map.of(
                    Metric.REQUESTS_PER_SECOND, report.requestsPerSecond(),
                    Metric.LATENCY_P50, report.p50Micros(),
                    Metric.LATENCY_P99, report.p99Micros()));
            Map<String, Long> errors = new TreeMap<>();
            errors.put("socket", report.socketErrors());
            errors.put("status", report.badStatuses());
            errors.values().removeIf(count -> count == 0);
            return new LoadRun.Outcome(metrics, new ClientView(errors, List.of(), List.of()),
                    (from, to) -> report.requestsPerSecond() * (to - from) / 1e9, start + measured.toNanos());
        };
    }

    private LoadRun own(Stage stage, LoadPoint load, Duration warmUp, Duration measured) {
        RemoteLoad generator = generators.get(stage.client());
        LoadPlan plan = plan(stage, load, warmUp, measured);
        if (generator == null) {
            generator = RemoteLoad.start(lab.scope(), lab, stage.client(), "load-" + generators.size());
            generators.put(stage.client(), generator);
            LoadPlan priming = plan(stage, load.at(new Rate.Closed()), PRIMING, Duration.ofMillis(500));
            generator.begin(priming);
            generator.await(priming);
        }
        RemoteLoad primed = generator;
        primed.begin(plan);
        return () -> outcome(primed.await(plan));
    }

    private static LoadRun.Outcome outcome(LoadResult result) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        metrics.put(Metric.REQUESTS_PER_SECOND, result.rps());
        for (Metric metric : Metric.values()) {
            if (result.percentiles().containsKey(metric.key())) {
                metrics.put(metric, result.percentiles().get(metric.key()));
            }
        }
        // That requests stayed unsent means that the rate was past saturation, which is a result; a remark says so.
        Map<String, Long> errors = new TreeMap<>(result.errors());
        errors.remove(LoadResult.UNSENT);
        return new LoadRun.Outcome(metrics, new ClientView(errors, result.curve(), result.remarks()), result::answeredBetween,
                result.timeline().getLast().nanos());
    }

    private static LoadPlan plan(Stage stage, LoadPoint load, Duration warmUp, Duration measured) {
        URI target = stage.target();
        LoadPlan plan = LoadPlan.of(target, load.protocol(), load.connections(), warmUp, measured)
                .with(load.inFlight(), load.protocol() == Protocol.TCP ? load.bodyBytes() : 1);
        return load.rate() instanceof Rate.PerSecond(double requests) ? plan.atRate(requests) : plan;
    }
}
