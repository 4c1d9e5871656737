package io.sockway.xds.stats;

import java.util.Arrays;

/** Upper bounds of buckets as metrics show them, each of them a bound of the slab's own finer buckets. */
final class HistogramBounds {
    /** Istio's, which are Envoy's defaults: milliseconds and bytes alike. */
    static final String[] ISTIO = {"0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000",
        "60000", "300000", "600000", "1800000", "3600000"};

    /** Those of durations, the slab's unit being microseconds. */
    static final HistogramBounds DURATION = new HistogramBounds(1000, SlabLayout.DURATION_BUCKETS);

    /** Those of sizes. */
    static final HistogramBounds BYTES = new HistogramBounds(1, SlabLayout.BYTES_BUCKETS);

    /** With the open bucket at the end. */
    static final int COUNT = ISTIO.length + 1;

    private final int[] targets;

    private HistogramBounds(int unit, int buckets) {
        targets = new int[buckets];
        long[] bounds = Arrays.stream(ISTIO).mapToLong(bound -> (long) (Double.parseDouble(bound) * unit)).toArray();
        for (int bucket = 0; bucket < buckets; bucket++) {
            int at = Arrays.binarySearch(bounds, SlabLayout.upperBound(bucket, buckets));
            targets[bucket] = at >= 0 ? at : -at - 1;
        }
    }

    /** The bucket, as metrics show them, that takes what a bucket of the slab holds. */
    int target(int bucket) {
        return targets[bucket];
    }

    int slabBuckets() {
        return targets.length;
    }
}
