package io.sockway.bench.load;

import org.HdrHistogram.Histogram;

/** Hears how a load goes on; called by the thread that runs the load. */
public interface LoadListener {
    /** Hears nothing. */
    LoadListener NONE = new LoadListener() {
    };

    /** All connections are there, or as many as came in time; the load begins. */
    default void connected(int connections, String transport) {
    }

    /** The warm-up is over: what is due from now on counts. */
    default void measuring() {
    }

    /**
     * A second of the measured time is over.
     *
     * @param startMillis when it began, since the epoch
     * @param latencies of that second in nanoseconds; valid during the call only
     * @param done share of the measured time, 0 to 1
     */
    default void interval(long startMillis, long endMillis, Histogram latencies, double done) {
    }
}
