package io.sockway.sidecar.admin;

import io.sockway.sockops.Counters;
import io.sockway.sockops.FlowState;
import java.util.Map;

/**
 * What one scrape shows.
 *
 * @param counters as the programs count
 * @param tcpBytes of living and ended flows
 * @param unpairedEnds sockets whose other end is elsewhere
 * @param liveFlows by state
 * @param enrolmentPasses of this process
 * @param lastPassSeconds duration of the last one
 */
record Sample(Counters counters, long tcpBytes, long unpairedEnds, Map<FlowState, Integer> liveFlows, long enrolmentPasses,
        double lastPassSeconds) {

    /**
     * Reads the source. Two figures are differences or sums over a moment and can fall: an end counts as unpaired until its pair is
     * complete, and bytes of a flow that ends are missing until its end is counted. A Prometheus counter that falls is taken for a
     * restart, so these stay at what the last scrape showed until they have caught up.
     *
     * @param previous sample, null at first
     */
    static Sample take(AdminSource source, Sample previous) {
        Counters counters = source.counters();
        long tcpBytes = source.tcpBytes();
        long unpairedEnds = counters.unpairedEnds();
        return new Sample(counters,
                previous == null ? tcpBytes : Math.max(previous.tcpBytes, tcpBytes),
                previous == null ? unpairedEnds : Math.max(previous.unpairedEnds, unpairedEnds),
                source.liveFlows(), source.passes(), source.lastPassNanos() / 1e9);
    }

    /** Flows in all states of that name. */
    int live(String label) {
        return liveFlows.entrySet().stream().filter(entry -> entry.getKey().label().equals(label)).mapToInt(Map.Entry::getValue).sum();
    }
}
