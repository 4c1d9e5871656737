package io.sockway.xds.discovery;

/** Decides what each Envoy gets. Thread-safe; called from network threads, so it answers at once. */
@FunctionalInterface
public interface ResourceSource {

    /** What {@code node} may have; the same object as long as nothing changed for it. */
    Snapshot forNode(EnvoyNode node);
}
