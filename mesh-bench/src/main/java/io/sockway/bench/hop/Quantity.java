package io.sockway.bench.hop;

import java.util.function.ToDoubleFunction;

/** What is compared. */
enum Quantity {
    TIME("time", Sample::timeNanos),
    CPU("CPU", Sample::cpuNanos);

    private final String label;
    private final ToDoubleFunction<Sample> value;

    Quantity(String label, ToDoubleFunction<Sample> value) {
        this.label = label;
        this.value = value;
    }

    /** Its name for people. */
    String label() {
        return label;
    }

    /** In nanoseconds for a request. */
    double of(Sample sample) {
        return value.applyAsDouble(sample);
    }
}
