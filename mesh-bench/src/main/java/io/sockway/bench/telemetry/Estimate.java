package io.sockway.bench.telemetry;

import io.sockway.bench.report.Spread;
import java.util.Collection;

/**
 * A median, and between what the median of endlessly many such values lies with 95 %, whatever their distribution: by the ranks that a
 * sign test would not reject.
 *
 * @param low where that begins
 * @param median of the values
 * @param high where it ends
 */
record Estimate(double low, double median, double high) {
    /** Half the width of the interval's ranks, in square roots of the number of values: 1.96 standard deviations of 1/2. */
    private static final double RANKS = 0.98;

    /** The estimate from at least one value. */
    static Estimate of(Collection<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double middle = (sorted.length - 1) / 2.0;
        double reach = RANKS * Math.sqrt(sorted.length);
        int low = (int) Math.max(Math.floor(middle - reach), 0);
        int high = (int) Math.min(Math.ceil(middle + reach), sorted.length - 1.0);
        return new Estimate(sorted[low], Spread.of(values).median(), sorted[high]);
    }
}
