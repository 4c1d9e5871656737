package io.sockway.bench.run;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.load.Fortio;
import io.sockway.bench.load.H2load;
import io.sockway.bench.load.LoadPlan;
import io.sockway.bench.load.LoadResult;
import io.sockway.bench.load.RemoteLoad;
import io.sockway.bench.load.ToolReport;
import io.sockway.bench.load.Wrk;
import io.sockway.bench.report.ClientView;
import io.sockway.bench.report.Metric;
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
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;

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
        return load.generator().tool().isPresent() ? other(scope, stage, load, warmUp, measured) : own(stage, load, warmUp, measured);
    }

    /** A program that is not this one: run once to warm up, and once to count. */
    private LoadRun other(Scope scope, Stage stage, LoadPoint load, Duration warmUp, Duration measured) {
        started(scope, stage, load, warmUp).get();
        long start = System.nanoTime();
        Supplier<ToolReport> running = started(scope, stage, load, measured);
        return () -> {
            ToolReport report = running.get();
            Map<Metric, Double> metrics = new EnumMap<>(Map.of(
                    Metric.REQUESTS_PER_SECOND, report.requestsPerSecond(),
                    Metric.LATENCY_P50, report.p50Micros(),
                    Metric.LATENCY_P99, report.p99Micros()));
            return new LoadRun.Outcome(metrics, new ClientView(report.errors(), List.of(), List.of()),
                    (from, to) -> report.requestsPerSecond() * (to - from) / 1e9, start + measured.toNanos());
        };
    }

    /** Started at once; what is returned waits for its end. */
    private Supplier<ToolReport> started(Scope scope, Stage stage, LoadPoint load, Duration duration) {
        OptionalDouble rate = load.rate() instanceof Rate.PerSecond perSecond ? OptionalDouble.of(perSecond.requests())
                : OptionalDouble.empty();
        return switch (load.generator()) {
            case WRK -> Wrk.start(scope, stage.client(), stage.target(), load.connections(), duration)::await;
            case FORTIO -> Fortio.start(scope, stage.client(), stage.target(), load.connections(), rate, duration)::await;
            case H2LOAD -> H2load.start(scope, stage.client(), stage.target(), load.connections(), rate, duration,
                    lab.directory("h2load"))::await;
            case SOCKWAY -> throw new IllegalArgumentException(load.generator() + " is no program of its own");
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
        return load.rate() instanceof Rate.PerSecond perSecond ? plan.atRate(perSecond.requests()) : plan;
    }
}
