package io.sockway.bench.report;

/**
 * A metric of one variant, each round divided by the baseline's same round.
 *
 * @param variant its name
 * @param baseline the name of the variant that counts as 1
 * @param metric what is divided
 * @param spread over the rounds
 */
public record Ratio(String variant, String baseline, Metric metric, Spread spread) {
}
