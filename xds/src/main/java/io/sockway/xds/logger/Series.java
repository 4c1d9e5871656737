package io.sockway.xds.logger;

import java.util.Locale;
import java.util.Optional;

/**
 * How many series a logger will make.
 *
 * @param counters series of counters
 * @param histograms series of histograms
 */
public record Series(long counters, long histograms) {

    /**
     * Of the HTTP logger: one counter and three histograms for each combination of labels.
     *
     * @param sources workloads that call
     * @param destinations pairs of workload and service that are called
     * @param codes different response codes, usually 3 to 8
     * @param policies 2 where calls come with and without mutual TLS, otherwise 1
     */
    public static Series http(int sources, int destinations, int codes, int policies) {
        long combinations = (long) sources * destinations * codes * policies;
        return new Series(combinations, combinations * StatsLogger.HTTP_HISTOGRAMS);
    }

    /** Of the TCP logger: four counters for each combination of labels. The parameters are those of {@link #http}. */
    public static Series tcp(int sources, int destinations, int policies) {
        return new Series((long) sources * destinations * policies * StatsLogger.TCP_COUNTERS, 0);
    }

    /** One line to warn with, if Envoy would drop some of them. */
    public Optional<String> excess(Caps caps) {
        if (counters <= caps.counters() && histograms <= caps.histograms()) {
            return Optional.empty();
        }
        return Optional.of(String.format(Locale.ROOT, "%,d counters and %,d histograms are expected, and Envoy drops silently what exceeds "
                + "%,d and %,d", counters, histograms, caps.counters(), caps.histograms()));
    }
}
