package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sockway's own counters, summed over rounds.
 *
 * @param pairedFlows connections of which both ends were found
 * @param redirectedBytes moved from socket to socket
 * @param tcpBytes sent the usual way by sockets that could have been redirected
 * @param redirectedMessages sends that were redirected
 * @param tcpMessages sends that took the usual way
 * @param passes how many sends took the usual way, by reason
 */
public record SockwayTotals(
        long pairedFlows, long redirectedBytes, long tcpBytes, long redirectedMessages, long tcpMessages, Map<String, Long> passes) {
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
