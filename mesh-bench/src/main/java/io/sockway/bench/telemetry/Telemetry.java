package io.sockway.bench.telemetry;

import io.sockway.bench.cli.Named;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.xds.stats.StatsPlugin;

/** A way for an Envoy to tell what requests it had. */
enum Telemetry implements Named {
    NONE("Envoy's own statistics only"),
    NOOP("a filter of a loaded module that does nothing"),
    PLUGIN("Sockway's plugin, 11 labels"),
    LOGGER("Envoy's stats access logger, 8 labels"),
    LOGGER_25("Envoy's stats access logger, 25 labels"),
    ACCESS_LOGS("Envoy's gRPC access logs to a collector"),
    MIXER("reports by mixer's protocol to a collector, made as Istio 1.4 did"),
    MIXER_LEAN("the same reports, made at less cost than Istio 1.4 did");

    private final String label;

    Telemetry(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    /** Whether a {@link io.sockway.bench.mixer.Collector} counts. */
    boolean collected() {
        return this == ACCESS_LOGS || this == MIXER || this == MIXER_LEAN;
    }

    /** Fails if the modules here are not for this Envoy. */
    static void requireModules(EnvoyBinary envoy) {
        if (!StatsPlugin.supports(envoy.version())) {
            throw new UnmetRequirementException("the modules for Envoy are for 1.40, and %s is %s".formatted(envoy.path(), envoy.version()),
                    "name another with --envoy PATH");
        }
    }
}
