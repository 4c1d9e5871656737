package io.sockway.bench.report;

/**
 * A point of a latency distribution.
 *
 * @param share of the requests that were at most as slow, 0 to less than 1
 * @param micros their latency in microseconds
 */
public record Quantile(double share, double micros) {
}
