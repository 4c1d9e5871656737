package io.sockway.bench.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * All rounds of one variant under one load.
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

    /** Whether all rounds have it. */
    public boolean has(Metric metric) {
        return !rounds.isEmpty() && rounds.stream().allMatch(round -> round.metrics().containsKey(metric));
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
        rounds.stream().flatMap(round -> round.cpu().microsByProcess().keySet().stream()).distinct().forEach(process ->
                medians.put(process, median(round -> round.cpu().microsByProcess().getOrDefault(process, 0.0))));
        return medians;
    }

    /** Median CPU time of soft interrupts for one request in microseconds. */
    public double softIrqMicros() {
        return median(round -> round.cpu().softIrqMicros());
    }

    /** Median bytes for one request that TCP delivered on a hop; empty if requests do not pass it. */
    public OptionalDouble receivedPerRequest(String hop) {
        List<Double> received = rounds.stream().flatMap(round -> round.hop(hop).stream()).map(HopBytes::receivedPerRequest).toList();
        return received.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Spread.of(received).median());
    }

    /** Median of a further figure; empty if no round has it. */
    public OptionalDouble extra(String name) {
        List<Double> values = rounds.stream().map(Round::extras).filter(extras -> extras.containsKey(name))
                .map(extras -> extras.get(name)).toList();
        return values.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Spread.of(values).median());
    }

    /** The latency distribution: at each share that all rounds reach, the median over them; empty if the rounds have none. */
    public List<Quantile> curve() {
        Map<Double, List<Double>> latencies = new LinkedHashMap<>();
        rounds.stream().flatMap(round -> round.client().curve().stream()).forEach(quantile ->
                latencies.merge(quantile.share(), List.of(quantile.micros()), VariantResult::joined));
        return latencies.entrySet().stream().filter(entry -> entry.getValue().size() == rounds.size()).sorted(Map.Entry.comparingByKey())
                .map(entry -> new Quantile(entry.getKey(), Spread.of(entry.getValue()).median())).toList();
    }

    /** Bytes and messages are summed over the rounds where Sockway counted. */
    public Optional<SockwayTotals> sockway() {
        return rounds.stream().flatMap(round -> round.sockway().stream()).map(SockwayTotals::of).reduce(SockwayTotals::plus);
    }

    private double median(ToDoubleFunction<Round> value) {
        return Spread.of(rounds.stream().map(value::applyAsDouble).toList()).median();
    }

    private static List<Double> joined(List<Double> some, List<Double> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }
}
