package io.sockway.bench.run;

import io.sockway.bench.report.ClientView;
import io.sockway.bench.report.Metric;
import java.util.Map;

/** A load whose warm-up is over. */
interface LoadRun {
    /** Waits for its end. */
    Outcome await();

    /** How many requests were answered between two moments. */
    interface Answered {
        /** Between two moments of {@link System#nanoTime} while the load ran. */
        double between(long from, long to);
    }

    /**
     * What the clients saw.
     *
     * @param metrics rate and latencies
     * @param client the rest
     * @param answered over time
     * @param endNanos when the load ended: what was read later was not read under load
     */
    record Outcome(Map<Metric, Double> metrics, ClientView client, Answered answered, long endNanos) {
    }
}
