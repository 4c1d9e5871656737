package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One slice of load on one variant.
 *
 * @param metrics each metric's value, in the unit of its key
 * @param cpuMicrosByProcess CPU time for one request in microseconds, by process
 * @param hops what TCP carried, in the order in which a request passes the hops
 * @param disturbance the share of all CPUs, 0 to 1, that went to processes outside the lab
 * @param errors failed requests
 * @param sockway what Sockway itself counted, where it ran
 */
public record Round(Map<Metric, Double> metrics, Map<String, Double> cpuMicrosByProcess, List<HopBytes> hops, double disturbance,
        long errors, Optional<SockwayStatus> sockway) {
    /** Above this share of all CPUs, other processes have spoilt a round. */
    public static final double DISTURBED = 0.05;

    public boolean disturbed() {
        return disturbance > DISTURBED;
    }

    public double metric(Metric metric) {
        return metrics.get(metric);
    }
}
