package io.sockway.bench.report;

import java.util.Locale;

/** A quantity that every round of every variant has. */
public enum Metric {
    REQUESTS_PER_SECOND("rps", "Requests per second", true) {
        @Override
        public String format(double value) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
    },
    LATENCY_P50("p50_us", "Latency p50", false) {
        @Override
        public String format(double value) {
            return latency(value);
        }
    },
    LATENCY_P99("p99_us", "Latency p99", false) {
        @Override
        public String format(double value) {
            return latency(value);
        }
    },
    CPU_PER_REQUEST("cpu_us_per_request", "CPU per 1,000 requests", false) {
        @Override
        public String format(double value) {
            return cpu(value);
        }
    };

    private final String key;
    private final String label;
    private final boolean moreIsBetter;

    Metric(String key, String label, boolean moreIsBetter) {
        this.key = key;
        this.label = label;
        this.moreIsBetter = moreIsBetter;
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

    /** A value for people, with its unit where the label does not say it. */
    public abstract String format(double value);

    private static String latency(double micros) {
        return String.format(Locale.ROOT, "%.2f ms", micros / 1_000);
    }

    /** Microseconds for one request are milliseconds for a thousand. */
    static String cpu(double micros) {
        return String.format(Locale.ROOT, "%.1f ms", micros);
    }
}
