package io.sockway.bench.report;

import java.util.Locale;

/** A quantity of a round. */
public enum Metric {
    REQUESTS_PER_SECOND("rps", "Requests per second", true, true) {
        @Override
        public String format(double value) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
    },
    LATENCY_MEAN("mean_us", "Latency mean", false, true),
    LATENCY_P50("p50_us", "Latency p50", false, true),
    LATENCY_P90("p90_us", "Latency p90", false, true),
    LATENCY_P99("p99_us", "Latency p99", false, true),
    LATENCY_P999("p999_us", "Latency p99.9", false, true),
    LATENCY_P9999("p9999_us", "Latency p99.99", false, false),
    LATENCY_P99999("p99999_us", "Latency p99.999", false, false),
    CPU_PER_REQUEST("cpu_us_per_request", "CPU per 1,000 requests", false, true) {
        @Override
        public String format(double value) {
            return cpu(value);
        }
    };

    private static final double MILLISECOND_MICROS = 1_000;

    private final String key;
    private final String label;
    private final boolean moreIsBetter;
    private final boolean shown;

    Metric(String key, String label, boolean moreIsBetter, boolean shown) {
        this.key = key;
        this.label = label;
        this.moreIsBetter = moreIsBetter;
        this.shown = shown;
    }

    /** Its name in JSON, which ends in the unit that values have. */
    public String key() {
        return key;
    }

    /** Its name for people. */
    public String label() {
        return label;
    }

    public boolean moreIsBetter() {
        return moreIsBetter;
    }

    /** Whether people see it in tables: a slice of seconds has too few requests for the others to tell much. */
    public boolean shown() {
        return shown;
    }

    /** A value for people, with its unit where the label does not say it. */
    public String format(double value) {
        return latency(value);
    }

    /** A latency for people. */
    static String latency(double micros) {
        return micros == 0 ? "0 ms" : String.format(
                Locale.ROOT, micros < MILLISECOND_MICROS / 10 ? "%.3f ms" : "%.2f ms", micros / MILLISECOND_MICROS);
    }

    /** Microseconds for one request are milliseconds for a thousand. */
    static String cpu(double micros) {
        return String.format(Locale.ROOT, "%.1f ms", micros);
    }
}
