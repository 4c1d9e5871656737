package io.sockway.bench.load;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.sockway.bench.report.Quantile;
import java.util.List;
import java.util.Map;

/**
 * What a load showed. Latencies are in microseconds; on a schedule they run from when a request was due.
 *
 * @param targetRps requests a second that were due; 0 for a closed loop
 * @param rps answers a second in the measured time
 * @param requests that count for the percentiles
 * @param percentiles latencies, p50_us ... p99999_us, max_us and mean_us
 * @param curve the distribution, by rising share
 * @param errors by kind, where there were any
 * @param connects how many connections were opened, and how long that took: count, p50_us, max_us
 * @param generator what the generator itself did: busy and waiting, shares of the time that its threads ran and waited for a CPU, 0 to
 *     1; lag_p99_us, how late it sent
 * @param correctedP999Micros in a closed loop, p99.9 with the requests that were not sent while others were waited for
 * @param transport how it did its network I/O
 * @param timeline answers so far at moments of {@link System#nanoTime}, which is the same for all processes
 * @param remarks for people: what to know before believing the figures
 */
public record LoadResult(double targetRps, double rps, long requests, Map<String, Double> percentiles, List<Quantile> curve,
        Map<String, Long> errors, Map<String, Double> connects, Map<String, Double> generator, double correctedP999Micros, String transport,
        List<Tick> timeline, List<String> remarks) {
    /** The kind of the requests that were due, and not sent until the time was over. */
    public static final String UNSENT = ErrorKind.UNSENT.key();

    private static final Gson COMPACT = builder().create();
    private static final Gson PRETTY = builder().setPrettyPrinting().create();

    /**
     * A point of the timeline.
     *
     * @param nanos when
     * @param answered how many by then
     */
    public record Tick(long nanos, long answered) {
    }

    /** How many answers came between two moments of the measured time. */
    public double answeredBetween(long from, long to) {
        return answeredUntil(to) - answeredUntil(from);
    }

    /** In one line, with everything. */
    String toLine() {
        return COMPACT.toJson(this);
    }

    /** For programs. */
    String toJson() {
        return PRETTY.toJson(new LoadResult(targetRps, rps, requests, percentiles, curve, errors, connects, generator,
                correctedP999Micros, transport, List.of(), remarks)) + "\n";
    }

    static LoadResult parse(String json) throws JsonParseException {
        return COMPACT.fromJson(json, LoadResult.class);
    }

    private double answeredUntil(long nanos) {
        Tick before = timeline.getFirst();
        for (Tick tick : timeline) {
            if (tick.nanos() >= nanos) {
                double share = tick.nanos() == before.nanos() ? 0 : (double) (nanos - before.nanos()) / (tick.nanos() - before.nanos());
                return before.answered() + Math.max(share, 0) * (tick.answered() - before.answered());
            }
            before = tick;
        }
        return before.answered();
    }

    private static GsonBuilder builder() {
        return new GsonBuilder().setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES).disableHtmlEscaping();
    }
}
