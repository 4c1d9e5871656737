package io.sockway.sidecar.telemetry;

/** How requests are counted. */
public enum TelemetryMode {
    /** Not at all. */
    OFF,
    /** By the stats plugin in Envoy. */
    PLUGIN,
    /** By Envoy's own stats access logger. */
    LOGGER
}
