package io.sockway.sidecar.webhook;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts reviews by what became of them. For the server's one thread. */
final class Tally {
    private final Map<String, Long> counts = new TreeMap<>(Map.of("injected", 0L, "left", 0L, "denied", 0L, "malformed", 0L,
            "failed", 0L, "too_large", 0L, "late", 0L, "busy", 0L));
    private long nanos;

    void count(String outcome, long took) {
        counts.merge(outcome.toLowerCase(Locale.ROOT), 1L, Long::sum);
        nanos += took;
    }

    /** In Prometheus's text format. */
    String text() {
        StringBuilder text = new StringBuilder("# HELP sockway_webhook_reviews_total Admission reviews by what became of them\n"
                + "# TYPE sockway_webhook_reviews_total counter\n");
        counts.forEach((outcome, count) -> text.append("sockway_webhook_reviews_total{outcome=\"").append(outcome).append("\"} ")
                .append(count).append('\n'));
        return text.append("# HELP sockway_webhook_review_seconds_total Time spent on answering them\n"
                + "# TYPE sockway_webhook_review_seconds_total counter\nsockway_webhook_review_seconds_total ").append(nanos / 1e9)
                .append('\n').toString();
    }
}
