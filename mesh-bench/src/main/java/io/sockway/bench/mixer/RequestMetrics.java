package io.sockway.bench.mixer;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Istio 1.4's four metrics of HTTP requests, by the labels that mixer gave them. Safe for use by several threads. */
public final class RequestMetrics {
    /** Names of the labels, in the order of their values. */
    static final List<String> LABELS = List.of("reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app",
            "source_version", "destination_workload", "destination_workload_namespace", "destination_principal", "destination_app",
            "destination_version", "destination_service", "destination_service_name", "destination_service_namespace", "request_protocol",
            "response_code", "response_flags", "permissive_response_code", "permissive_response_policyid", "connection_security_policy");

    private static final int CODE = LABELS.indexOf("response_code");

    /** Upper bounds as mixer's Prometheus adapter was configured: seconds, and powers of ten of bytes. */
    private static final double[] SECONDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    private static final double[] BYTES = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7};

    private final Map<List<String>, Series> series = new ConcurrentHashMap<>();

    private static final class Series {
        private final Histogram duration = new Histogram(SECONDS);
        private final Histogram requestBytes = new Histogram(BYTES);
        private final Histogram responseBytes = new Histogram(BYTES);
    }

    private static final class Histogram {
        private final double[] bounds;
        private final AtomicLongArray buckets;
        private final LongAdder count = new LongAdder();
        private final DoubleAdder sum = new DoubleAdder();

        Histogram(double[] bounds) {
            this.bounds = bounds;
            this.buckets = new AtomicLongArray(bounds.length + 1);
        }

        void add(double value) {
            int bucket = 0;
            while (bucket < bounds.length && value > bounds[bucket]) {
                bucket++;
            }
            buckets.incrementAndGet(bucket);
            count.increment();
            sum.add(value);
        }
    }

    /**
     * Counts a request.
     *
     * @param labels their values, in the order of {@link #LABELS}
     */
    void add(List<String> labels, double seconds, long requestBytes, long responseBytes) {
        Series found = series.get(labels);
        if (found == null) {
            found = series.computeIfAbsent(labels, _ -> new Series());
        }
        found.duration.add(seconds);
        found.requestBytes.add(requestBytes);
        found.responseBytes.add(responseBytes);
    }

    /** How many requests were counted, by response code. */
    public Map<String, Long> requestsByCode() {
        return series.entrySet().stream().collect(Collectors.groupingBy(entry -> entry.getKey().get(CODE), TreeMap::new,
                Collectors.summingLong(entry -> entry.getValue().duration.count.sum())));
    }

    /** Writes all in Prometheus' text format. */
    void write(Appendable out) throws IOException {
        out.append("# TYPE istio_requests_total counter\n");
        for (Map.Entry<List<String>, Series> entry : series.entrySet()) {
            out.append("istio_requests_total{").append(labels(entry.getKey())).append("} ")
                    .append(Long.toString(entry.getValue().duration.count.sum())).append('\n');
        }
        write(out, "istio_request_duration_seconds", one -> one.duration);
        write(out, "istio_request_bytes", one -> one.requestBytes);
        write(out, "istio_response_bytes", one -> one.responseBytes);
    }

    private void write(Appendable out, String name, Function<Series, Histogram> part) throws IOException {
        out.append("# TYPE ").append(name).append(" histogram\n");
        for (Map.Entry<List<String>, Series> entry : series.entrySet()) {
            Histogram histogram = part.apply(entry.getValue());
            String labels = labels(entry.getKey());
            long count = 0;
            for (int bucket = 0; bucket < histogram.bounds.length; bucket++) {
                count += histogram.buckets.get(bucket);
                out.append(name).append("_bucket{").append(labels).append(",le=\"").append(Double.toString(histogram.bounds[bucket]))
                        .append("\"} ").append(Long.toString(count)).append('\n');
            }
            count += histogram.buckets.get(histogram.bounds.length);
            out.append(name).append("_bucket{").append(labels).append(",le=\"+Inf\"} ").append(Long.toString(count)).append('\n');
            out.append(name).append("_count{").append(labels).append("} ").append(Long.toString(count)).append('\n');
            out.append(name).append("_sum{").append(labels).append("} ").append(Double.toString(histogram.sum.sum())).append('\n');
        }
    }

    private static String labels(List<String> values) {
        return IntStream.range(0, LABELS.size()).mapToObj(i -> LABELS.get(i) + "=\""
                + values.get(i).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"").collect(Collectors.joining(","));
    }
}
