package io.sockway.xds.ecds;

import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Resource;
import io.sockway.xds.discovery.ResourceSource;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.discovery.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Extension configurations, chosen for each Envoy. What is the same for several Envoys is serialized and hashed once. Thread-safe.
 *
 * <p>One is made for each state of affairs and given to {@code Publisher.publish}, which finds out by itself for which Envoys
 * anything changed.
 */
public final class ExtensionConfigs implements ResourceSource {
    private final Function<EnvoyNode, List<TypedExtensionConfig>> chooser;
    private final Map<List<TypedExtensionConfig>, Snapshot> snapshots = new ConcurrentHashMap<>();

    /**
     * Asks {@code chooser} for each Envoy; it is called from network threads and answers at once, with equal lists for Envoys that are to
     * get the same. An empty list leaves an Envoy with the default of its listeners.
     */
    public ExtensionConfigs(Function<EnvoyNode, List<TypedExtensionConfig>> chooser) {
        this.chooser = chooser;
    }

    @Override
    public Snapshot forNode(EnvoyNode node) {
        return snapshots.computeIfAbsent(chooser.apply(node), ExtensionConfigs::snapshot);
    }

    private static Snapshot snapshot(List<TypedExtensionConfig> configs) {
        Snapshot.Builder snapshot = Snapshot.builder();
        configs.forEach(config -> snapshot.add(ResourceType.EXTENSION, Resource.of(config.getName(), config)));
        return snapshot.build();
    }
}
