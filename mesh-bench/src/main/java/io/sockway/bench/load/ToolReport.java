package io.sockway.bench.load;

import java.util.Map;

/** What a load generator that is a program of its own reports at its end. */
public interface ToolReport {
    /** Over the whole of its time. */
    double requestsPerSecond();

    /** Median latency in microseconds. */
    double p50Micros();

    /** 99th percentile of latency in microseconds. */
    double p99Micros();

    /** Failed requests by kind, where there were any. */
    Map<String, Long> errors();
}
