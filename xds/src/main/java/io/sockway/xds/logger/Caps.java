package io.sockway.xds.logger;

/**
 * How many series an Envoy may hold for one logger. What comes beyond is dropped by Envoy without a word, so {@link Series} is compared
 * with this beforehand. Series that nothing was counted in for a while are evicted, if the bootstrap has {@code stats_eviction_interval}.
 *
 * @param counters at most
 * @param histograms at most
 */
public record Caps(int counters, int histograms) {
    /** Enough for about 300 callers of one service; some 20 MB in Envoy when full. */
    public static final Caps DEFAULT = new Caps(3000, 3000);
}
