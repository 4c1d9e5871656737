package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One slice of load on one variant.
 *
 * @param metrics values in the unit of their key; a generator need not give all
 * @param cpu CPU time for one request
 * @param hops what TCP carried, in the order in which a request passes the hops
 * @param client what the load generator saw
 * @param extras further figures by a name that ends in the unit
 * @param disturbance the share of all CPUs, 0 to 1, that went to processes outside the lab
 * @param sockway what Sockway itself counted, where it ran
 * @param problems what makes it invalid, or nothing
 */
public record Round(Map<Metric, Double> metrics, CpuShare cpu, List<HopBytes> hops, ClientView client, Map<String, Double> extras,
        double disturbance, Optional<SockwayStatus> sockway, List<String> problems) {
    /** Above this share of all CPUs, other processes have spoilt a round. */
    public static final double DISTURBED = 0.05;

    public Round {
        metrics = Map.copyOf(metrics);
        hops = List.copyOf(hops);
        extras = Map.copyOf(extras);
        problems = List.copyOf(problems);
    }

    public boolean disturbed() {
        return disturbance > DISTURBED;
    }

    public double metric(Metric metric) {
        return metrics.get(metric);
    }

    /** The bytes on a hop, if requests pass it. */
    public Optional<HopBytes> hop(String name) {
        return hops.stream().filter(hop -> hop.hop().equals(name)).findFirst();
    }

    /** The same round with one figure more. */
    public Round with(String extra, double value) {
        Map<String, Double> more = new HashMap<>(extras);
        more.put(extra, value);
        return new Round(metrics, cpu, hops, client, more, disturbance, sockway, problems);
    }

    /** The same round with more problems. */
    public Round with(List<String> more) {
        return new Round(metrics, cpu, hops, client, extras, disturbance, sockway,
                Stream.concat(problems.stream(), more.stream()).toList());
    }
}
