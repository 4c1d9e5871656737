package io.sockway.bench.report;

import java.util.Map;

/**
 * CPU time for one request.
 *
 * @param microsByProcess in microseconds, by process
 * @param softIrqMicros of the whole machine's soft interrupts, in microseconds; sampled by the timer tick
 * @param softIrqApart whether the kernel keeps that time apart (CONFIG_IRQ_TIME_ACCOUNTING), or counts it as the interrupted process's
 */
public record CpuShare(Map<String, Double> microsByProcess, double softIrqMicros, boolean softIrqApart) {
    public CpuShare {
        microsByProcess = Map.copyOf(microsByProcess);
    }

    /** All of it, each microsecond once. */
    public double total() {
        return microsByProcess.values().stream().mapToDouble(Double::doubleValue).sum() + (softIrqApart ? softIrqMicros : 0);
    }
}
