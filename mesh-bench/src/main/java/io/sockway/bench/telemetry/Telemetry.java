package io.sockway.bench.telemetry;

import java.util.stream.Stream;

/** A way for an Envoy to tell what requests it had. */
enum Telemetry {
    NONE("none", "Envoy's own statistics only"),
    NOOP("noop", "a filter of a loaded module that does nothing"),
    PLUGIN("plugin", "Sockway's plugin, 11 labels"),
    LOGGER("logger", "Envoy's stats access logger, 8 labels"),
    LOGGER_25("logger-25", "Envoy's stats access logger, 25 labels"),
    ACCESS_LOGS("access-logs", "Envoy's gRPC access logs to a collector"),
    MIXER("mixer", "reports by mixer's protocol to a collector, made as Istio 1.4 did"),
    MIXER_LEAN("mixer-lean", "the same reports, made at less cost than Istio 1.4 did");

    private final String option;
    private final String description;

    Telemetry(String option, String description) {
        this.option = option;
        this.description = description;
    }

    /** How scenarios write it. */
    String option() {
        return option;
    }

    /** For people. */
    String description() {
        return description;
    }

    /** Whether a {@link io.sockway.bench.mixer.Collector} counts. */
    boolean collected() {
        return this == ACCESS_LOGS || this == MIXER || this == MIXER_LEAN;
    }

    /** The one that is written so. */
    static Telemetry of(String option) {
        return Stream.of(values()).filter(one -> one.option.equals(option)).findFirst().orElseThrow();
    }
}
