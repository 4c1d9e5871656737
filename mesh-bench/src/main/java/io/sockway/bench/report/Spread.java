package io.sockway.bench.report;

import java.util.Collection;

/**
 * A quantity over several rounds.
 *
 * @param min the smallest round
 * @param median the middle one, or the mean of the two in the middle
 * @param max the largest round
 */
public record Spread(double min, double median, double max) {
    /** The spread of at least one value. */
    public static Spread of(Collection<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }

    /** Whether every round lies on the same side of {@code value}. */
    public boolean excludes(double value) {
        return min > value || max < value;
    }
}
