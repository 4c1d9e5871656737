package io.sockway.bench.telemetry;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What telemetries cost under one load, turn by turn.
 *
 * @param answers who answers
 * @param label the load in few words
 * @param rate answers a second without telemetry, in its turns
 * @param micros CPU time of Envoy a request in microseconds: by turn, and turns of one number belong together
 * @param disturbance the share of all CPUs, 0 to 1, that went to processes outside the lab
 */
record PluginCost(Answers answers, String label, double rate, Map<Telemetry, List<Double>> micros, double disturbance) {
    /** CPU time of Envoy a request, in microseconds. */
    Estimate micros(Telemetry telemetry) {
        return Estimate.of(micros.get(telemetry));
    }

    /** Its ratio to none, of the same turns. */
    Estimate ratio(Telemetry telemetry) {
        return Estimate.of(turns().mapToObj(turn -> micros.get(telemetry).get(turn) / none(turn)).toList());
    }

    /** What it adds to none, of the same turns, in microseconds. */
    Estimate added(Telemetry telemetry) {
        return Estimate.of(turns().mapToObj(turn -> micros.get(telemetry).get(turn) - none(turn)).toList());
    }

    private IntStream turns() {
        return IntStream.range(0, micros.get(Telemetry.NONE).size());
    }

    private double none(int turn) {
        return micros.get(Telemetry.NONE).get(turn);
    }
}
