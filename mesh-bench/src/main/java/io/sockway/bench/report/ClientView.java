package io.sockway.bench.report;

import java.util.List;
import java.util.Map;

/**
 * What the load generator saw besides rates and percentiles.
 *
 * @param errors failed requests and connections, by kind
 * @param curve the latency distribution, by rising share; empty if the generator does not give one
 * @param remarks what a reader should know, for example that the generator itself was the limit
 */
public record ClientView(Map<String, Long> errors, List<Quantile> curve, List<String> remarks) {
    public ClientView {
        errors = Map.copyOf(errors);
        curve = List.copyOf(curve);
        remarks = List.copyOf(remarks);
    }

    /** All errors. */
    public long failed() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }
}
