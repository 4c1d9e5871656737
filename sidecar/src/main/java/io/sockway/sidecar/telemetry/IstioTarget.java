package io.sockway.sidecar.telemetry;

import java.util.Map;
import java.util.Optional;

/**
 * Which pods an EnvoyFilter is for.
 *
 * @param namespace that it is put into; its pods, or all pods of the mesh if it is Istio's root namespace
 * @param selector labels that the pods have; empty for all
 */
public record IstioTarget(Optional<String> namespace, Map<String, String> selector) {
    /** Every pod of the namespace that it is applied to. */
    public static final IstioTarget ALL = new IstioTarget(Optional.empty(), Map.of());
}
