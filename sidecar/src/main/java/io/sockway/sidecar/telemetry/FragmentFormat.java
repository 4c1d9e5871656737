package io.sockway.sidecar.telemetry;

/** Whom Envoy takes its configuration from. */
public enum FragmentFormat {
    /** From istiod: an EnvoyFilter. */
    ISTIO,
    /** From elsewhere: the parts, with where they go. */
    ENVOY
}
