package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Sockway's own counters, summed over rounds.
 *
 * @param pairedFlows connections of which both ends were found
 * @param redirectedBytes moved from socket to socket
 * @param tcpBytes sent the usual way by flows that were paired
 * @param redirectedMessages sends that were redirected
 * @param tcpMessages sends of enrolled flows that took the usual way
 * @param passes how many sends took the usual way, by reason
 */
public record SockwayTotals(
        long pairedFlows, long redirectedBytes, long tcpBytes, long redirectedMessages, long tcpMessages, Map<String, Long> passes) {
    private static final double MEGABYTE = 1e6;

    /** All of it for people. */
    String sentence() {
        String reasons = passes.entrySet().stream().filter(pass -> pass.getValue() > 0)
                .map(pass -> String.format(Locale.ROOT, "%s %,d", pass.getKey(), pass.getValue())).collect(Collectors.joining(", "));
        return String.format(Locale.ROOT,
                "%,d flows paired; %,.0f MB in %,d messages redirected, %,.0f MB by TCP; messages of enrolled flows that took TCP: %s",
                pairedFlows, redirectedBytes / MEGABYTE, redirectedMessages, tcpBytes / MEGABYTE, reasons.isEmpty() ? "none" : reasons);
    }

    static SockwayTotals of(SockwayStatus status) {
        return new SockwayTotals(status.pairedFlows(), status.redirectedBytes(), status.tcpBytes(), status.redirectedMessages(),
                status.tcpMessages(), status.passes());
    }

    SockwayTotals plus(SockwayTotals other) {
        Map<String, Long> sums = new TreeMap<>(passes);
        other.passes.forEach((reason, count) -> sums.merge(reason, count, Long::sum));
        return new SockwayTotals(pairedFlows + other.pairedFlows, redirectedBytes + other.redirectedBytes, tcpBytes + other.tcpBytes,
                redirectedMessages + other.redirectedMessages, tcpMessages + other.tcpMessages, sums);
    }
}
