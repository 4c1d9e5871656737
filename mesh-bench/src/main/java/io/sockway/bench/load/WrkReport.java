package io.sockway.bench.load;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk reports at its end.
 *
 * @param requests answered
 * @param requestsPerSecond over the whole of its time
 * @param p50Micros median latency in microseconds
 * @param p99Micros 99th percentile of latency in microseconds
 * @param socketErrors failed connects, reads and writes, and timeouts
 * @param badStatuses answers with a status other than 2xx and 3xx
 */
public record WrkReport(
        long requests, double requestsPerSecond, double p50Micros, double p99Micros, long socketErrors, long badStatuses)
        implements ToolReport {
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern P50 = Pattern.compile("\\s50%\\s+([\\d.]+)(us|ms|s|m|h)");
    private static final Pattern P99 = Pattern.compile("\\s99%\\s+([\\d.]+)(us|ms|s|m|h)");
    private static final Pattern SOCKET_ERRORS =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    private static final Pattern BAD_STATUSES = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Map<String, Double> MICROS =
            Map.of("us", 1.0, "ms", 1_000.0, "s", 1_000_000.0, "m", 60_000_000.0, "h", 3_600_000_000.0);

    /** Reads the output of {@code wrk --latency}; empty when it is something else. */
    public static Optional<WrkReport> parse(String output) {
        Matcher requests = REQUESTS.matcher(output);
        Matcher rate = RATE.matcher(output);
        Matcher p50 = P50.matcher(output);
        Matcher p99 = P99.matcher(output);
        if (!requests.find() || !rate.find() || !p50.find() || !p99.find()) {
            return Optional.empty();
        }
        return Optional.of(new WrkReport(Long.parseLong(requests.group(1)), Double.parseDouble(rate.group(1)),
                micros(p50), micros(p99), sum(SOCKET_ERRORS.matcher(output)), sum(BAD_STATUSES.matcher(output))));
    }

    private static double micros(Matcher latency) {
        return Double.parseDouble(latency.group(1)) * MICROS.get(latency.group(2));
    }

    @Override
    public Map<String, Long> errors() {
        Map<String, Long> errors = new TreeMap<>(Map.of("socket", socketErrors, "status", badStatuses));
        errors.values().removeIf(count -> count == 0);
        return errors;
    }

    /** wrk prints these lines only when there is something to report. */
    private static long sum(Matcher counts) {
        long sum = 0;
        if (counts.find()) {
            for (int group = 1; group <= counts.groupCount(); group++) {
                sum += Long.parseLong(counts.group(group));
            }
        }
        return sum;
    }
}
