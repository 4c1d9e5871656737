package io.sockway.bench.report;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All rounds of one variant.
 *
 * @param name what people call it
 * @param rounds in the order of the run; the rounds of all variants correspond to each other
 * @param problems why its figures are not to be trusted, if they are not
 */
public record VariantResult(String name, List<Round> rounds, List<String> problems) {
    public VariantResult {
        rounds = List.copyOf(rounds);
        problems = List.copyOf(problems);
    }

    public boolean valid() {
        return problems.isEmpty();
    }

    /** The values of all rounds. */
    public List<Double> values(Metric metric) {
        return rounds.stream().map(round -> round.metric(metric)).toList();
    }

    public Spread spread(Metric metric) {
        return Spread.of(values(metric));
    }

    /** Median CPU time for one request in microseconds, by process. */
    public Map<String, Double> cpuMicrosByProcess() {
        Map<String, Double> medians = new TreeMap<>();
        rounds.stream().flatMap(round -> round.cpuMicrosByProcess().keySet().stream()).distinct().forEach(process -> medians.put(process,
                Spread.of(rounds.stream().map(round -> round.cpuMicrosByProcess().getOrDefault(process, 0.0)).toList()).median()));
        return medians;
    }

    /** Median bytes for one request that TCP delivered on a hop. */
    public double receivedPerRequest(String hop) {
        return Spread.of(rounds.stream().flatMap(round -> round.hops().stream())
                .filter(bytes -> bytes.hop().equals(hop)).map(HopBytes::receivedPerRequest).toList()).median();
    }

    /** Bytes and messages are summed over the rounds where Sockway counted. */
    public Optional<SockwayTotals> sockway() {
        return rounds.stream().flatMap(round -> round.sockway().stream()).map(SockwayTotals::of).reduce(SockwayTotals::plus);
    }
}
