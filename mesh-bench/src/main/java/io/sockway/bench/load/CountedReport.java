package io.sockway.bench.load;

import java.util.Map;

/** A report of a program that tells what failed by words of its own. */
record CountedReport(double requestsPerSecond, double p50Micros, double p99Micros, Map<String, Long> errors) implements ToolReport {
    CountedReport {
        errors = Map.copyOf(errors);
    }
}
