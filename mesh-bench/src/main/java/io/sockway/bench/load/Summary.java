package io.sockway.bench.load;

import io.sockway.bench.report.Metric;
import io.sockway.bench.report.Quantile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Makes a result of what the workers of one run saw. */
final class Summary {
    private static final double MICRO_NANOS = 1e3;
    private static final double SECOND_NANOS = 1e9;
    private static final double PERCENT = 100;
    private static final double BUSY = 0.90;
    private static final double LATE_MICROS = 1_000;
    private static final double ON_TARGET = 0.98;
    private static final double HIDDEN = 2;
    private static final double P999 = 99.9;
    private static final double STEPS_PER_DECADE = 8;
    private static final double DECADES = 5;

    private final LoadPlan plan;
    private final List<Worker.Leftovers> leftovers;
    private final List<ThreadClock.Times> used;
    private final Histogram latencies;
    private final List<LoadResult.Tick> timeline;
    private final String transport;
    private final Histogram connects = new Histogram(3);
    private final double seconds;
    private final double rps;

    Summary(LoadPlan plan, List<Worker> workers, List<Worker.Leftovers> leftovers, List<ThreadClock.Times> used, Histogram latencies,
            List<LoadResult.Tick> timeline, String transport) {
        this.plan = plan;
        this.leftovers = leftovers;
        this.used = used;
        this.latencies = latencies;
        this.timeline = timeline;
        this.transport = transport;
        workers.forEach(worker -> connects.add(worker.connects().getIntervalHistogram()));
        LoadResult.Tick first = timeline.getFirst();
        LoadResult.Tick last = timeline.getLast();
        this.seconds = (last.nanos() - first.nanos()) / SECOND_NANOS;
        this.rps = (last.answered() - first.answered()) / seconds;
    }

    LoadResult result() {
        return new LoadResult(plan.rate(), rps, latencies.getTotalCount(), percentiles(), curve(), errors(), connectTimes(), generator(),
                correctedP999(), transport, timeline, remarks());
    }

    private Map<String, Double> percentiles() {
        Map<String, Double> percentiles = new LinkedHashMap<>();
        Map<Metric, Double> shares = new EnumMap<>(Map.of(Metric.LATENCY_P50, 50.0, Metric.LATENCY_P90, 90.0, Metric.LATENCY_P99, 99.0,
                Metric.LATENCY_P999, P999, Metric.LATENCY_P9999, 99.99, Metric.LATENCY_P99999, 99.999));
        shares.forEach((metric, percentile) -> percentiles.put(metric.key(), micros(latencies.getValueAtPercentile(percentile))));
        percentiles.put("max_us", micros(latencies.getMaxValue()));
        percentiles.put(Metric.LATENCY_MEAN.key(), latencies.getMean() / MICRO_NANOS);
        return percentiles;
    }

    /** Evenly spread over log 1/(1-p), as far as there are requests to tell. */
    private List<Quantile> curve() {
        List<Quantile> curve = new ArrayList<>();
        long count = latencies.getTotalCount();
        for (int step = 0; step <= STEPS_PER_DECADE * DECADES; step++) {
            double rest = Math.pow(10, -step / STEPS_PER_DECADE);
            if (rest * count >= 1) {
                curve.add(new Quantile(1 - rest, Math.max(micros(latencies.getValueAtPercentile((1 - rest) * PERCENT)), 1)));
            }
        }
        return curve;
    }

    private Map<String, Long> errors() {
        Map<String, Long> errors = new TreeMap<>();
        leftovers.forEach(each -> each.errors().forEach((kind, count) -> errors.merge(kind.key(), count, Long::sum)));
        return errors;
    }

    private Map<String, Double> connectTimes() {
        Map<String, Double> times = new LinkedHashMap<>();
        times.put("count", (double) connects.getTotalCount());
        times.put("p50_us", micros(connects.getValueAtPercentile(50)));
        times.put("max_us", micros(connects.getMaxValue()));
        return times;
    }

    private Map<String, Double> generator() {
        Map<String, Double> shares = new LinkedHashMap<>();
        shares.put("busy", busy());
        shares.put("waiting", used.stream().mapToLong(ThreadClock.Times::waiting).sum() / SECOND_NANOS / seconds / used.size());
        shares.put("lag_p99_us", micros(lags().getValueAtPercentile(99)));
        return shares;
    }

    private double busy() {
        return used.stream().mapToLong(ThreadClock.Times::running).sum() / SECOND_NANOS / seconds / used.size();
    }

    private Histogram lags() {
        Histogram lags = new Histogram(3);
        leftovers.forEach(each -> lags.add(each.lags()));
        return lags;
    }

    /** Had the loop been open, as many requests as usual would have come while one was waited for. */
    private double correctedP999() {
        if (plan.open() || rps <= 0) {
            return micros(latencies.getValueAtPercentile(P999));
        }
        long usual = (long) (SECOND_NANOS * plan.connections() * plan.inFlight() / rps);
        return micros(latencies.copyCorrectedForCoordinatedOmission(Math.max(usual, 1)).getValueAtPercentile(P999));
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (busy() > BUSY) {
            remarks.add(String.format(Locale.ROOT, "the generator was busy for %.0f %% of the time: it, not the server, was the limit; "
                    + "give it more threads", busy() * PERCENT));
        }
        double lag = micros(lags().getValueAtPercentile(99));
        if (plan.open() && lag > LATE_MICROS) {
            remarks.add(String.format(Locale.ROOT, "the generator sent 1 %% of the requests more than %.1f ms late, which the latencies "
                    + "include: its CPU was taken", lag / MICRO_NANOS));
        }
        if (plan.open() && rps < ON_TARGET * plan.rate()) {
            remarks.add(String.format(Locale.ROOT, "only %,.0f of %,.0f requests a second were answered: past saturation, latencies grow "
                    + "with the duration", rps, plan.rate()));
        }
        double p999 = micros(latencies.getValueAtPercentile(P999));
        if (!plan.open() && correctedP999() > HIDDEN * p999) {
            remarks.add(String.format(Locale.ROOT, "a closed loop misses what a pause costs: the longest took %.1f ms, and no requests "
                    + "were sent meanwhile; on a schedule p99.9 would be about %.1f ms instead of %.1f ms",
                    micros(latencies.getMaxValue()) / MICRO_NANOS, correctedP999() / MICRO_NANOS, p999 / MICRO_NANOS));
        }
        return remarks;
    }

    private static double micros(long nanos) {
        return nanos / MICRO_NANOS;
    }
}
