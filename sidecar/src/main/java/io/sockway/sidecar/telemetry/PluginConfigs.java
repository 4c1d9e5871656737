package io.sockway.sidecar.telemetry;

import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.ecds.DynamicModuleFilter;
import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.stats.LabelProfile;
import io.sockway.xds.stats.PluginConfig;
import io.sockway.xds.stats.StatsPlugin;
import io.sockway.xds.stats.Workload;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What each Envoy is given, as long as the peers stay as they are. Thread-safe. */
final class PluginConfigs implements Function<EnvoyNode, List<TypedExtensionConfig>> {
    /** Gives nobody anything: Envoys go on with what they have, or with the default of their listeners. */
    static final Function<EnvoyNode, List<TypedExtensionConfig>> NONE = _ -> List.of();

    private final TelemetrySettings settings;
    private final LabelProfile profile;
    private final Path module;
    private final String name;
    private final PeerTable table;
    private final SortedMap<String, PluginConfig.Service> clusters;
    private final Map<String, Workload> peers;
    private final Map<Owner, List<TypedExtensionConfig>> made = new ConcurrentHashMap<>();

    /**
     * Configurations with these peers.
     *
     * @param module the plugin's file as Envoy sees it
     * @param clusters the services of inbound clusters, as istiod says
     * @param name that the plugin gets, which means nothing to it: Envoy does not try again what it has refused, unless it differs
     */
    PluginConfigs(TelemetrySettings settings, LabelProfile profile, Path module, String name, PeerTable peers,
            SortedMap<String, PluginConfig.Service> clusters) {
        this.settings = settings;
        this.profile = profile;
        this.module = module;
        this.name = name;
        this.table = peers;
        this.clusters = clusters;
        this.peers = Peers.workloads(peers);
    }

    /** Nothing for Envoys that the plugin was not built for: it could crash them. */
    @Override
    public List<TypedExtensionConfig> apply(EnvoyNode node) {
        return StatsPlugin.supports(node.version()) ? made.computeIfAbsent(owner(node), this::make) : List.of();
    }

    /** Whose Envoy it is. */
    private record Owner(Workload workload, OwnServices services) {
    }

    /** What is known here goes before what Envoy says. */
    private Owner owner(EnvoyNode node) {
        NodeIdentity identity = settings.identity().or(NodeIdentity.ofMetadata(node.metadata()));
        try {
            return new Owner(identity.workload(), OwnServices.of(identity, node, table, clusters));
        } catch (IllegalArgumentException e) {
            return new Owner(settings.identity().workload(), OwnServices.of(settings.identity(), node, table, clusters));
        }
    }

    private List<TypedExtensionConfig> make(Owner owner) {
        DynamicModuleFilter inbound = filter(owner, PluginConfig.Reporter.DESTINATION);
        DynamicModuleFilter outbound = filter(owner, PluginConfig.Reporter.SOURCE);
        return List.of(inbound.http(EnvoyFragments.HTTP_INBOUND), outbound.http(EnvoyFragments.HTTP_OUTBOUND),
                inbound.network(EnvoyFragments.TCP_INBOUND), outbound.network(EnvoyFragments.TCP_OUTBOUND));
    }

    private DynamicModuleFilter filter(Owner owner, PluginConfig.Reporter reporter) {
        PluginConfig.Builder config = PluginConfig.builder(settings.folder(), reporter, owner.workload()).profile(profile)
                .maxSeries(settings.maxSeries()).idle(settings.idle());
        if (reporter == PluginConfig.Reporter.DESTINATION) {
            owner.services().any().ifPresent(config::ownService);
            owner.services().byCluster().forEach(config::service);
        }
        peers.forEach(config::peer);
        return DynamicModuleFilter.withText(module, name, config.build().json());
    }
}
