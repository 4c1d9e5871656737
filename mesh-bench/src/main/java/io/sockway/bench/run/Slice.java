package io.sockway.bench.run;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.SockwayStatus;
import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Round;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Measures one variant once, with fresh processes: one set of processes can be a fifth better than the next by luck.
 *
 * <p>Latencies and rates are the client's over the whole slice; CPU time and TCP's bytes are read twice while the load runs, some
 * way from its beginning and its end, so that connections being opened or closed are not part of them.
 */
final class Slice {
    private static final Duration BEGINNING = Duration.ofMillis(300);
    /** Long enough for the second reading to be done in time on a busy machine. */
    private static final Duration END = Duration.ofMillis(600);

    private final Lab lab;
    private final Drivers drivers;
    private final boolean softIrqApart;

    Slice(Lab lab, boolean softIrqApart) {
        this.lab = lab;
        this.drivers = new Drivers(lab);
        this.softIrqApart = softIrqApart;
    }

    /** One slice; empty when the machine was too busy to read its clocks while the load ran. */
    Optional<Round> measure(Variant variant, LoadPoint load, Duration warmUp, Duration measured) {
        try (Scope scope = lab.scope().child()) {
            Stage stage = variant.start(scope, load);
            List<Hop> hops = stage.hops();

            LoadRun running = drivers.start(scope, stage, load, warmUp, measured);
            Await.sleep(BEGINNING);
            Reading before = Reading.take(lab, hops);
            Await.sleep(measured.minus(BEGINNING).minus(END));
            Reading after = Reading.take(lab, hops);
            long read = System.nanoTime();
            LoadRun.Outcome outcome = running.await();

            stage.requireAlive();
            List<String> problems = stage.problems();
            Map<String, Double> extras = stage.extras();
            Optional<SockwayStatus> status = stage.finish();
            if (read > outcome.endNanos()) {
                return Optional.empty();
            }
            double answered = outcome.answered().between(before.nanos(), after.nanos());
            if (answered <= 0) {
                throw new LabException("no request was answered for %d ms".formatted(measured.toMillis()));
            }
            Set<Hop> claimed = hops.stream().filter(hop -> variant.redirects(hop, status)).collect(Collectors.toSet());
            Reading.Window window = after.since(before, answered, softIrqApart, claimed);
            Map<Metric, Double> metrics = new EnumMap<>(outcome.metrics());
            metrics.put(Metric.CPU_PER_REQUEST, window.cpu().total());
            return Optional.of(new Round(metrics, window.cpu(), window.hops(), outcome.client(), extras, window.disturbance(), status,
                    problems));
        }
    }
}
