package io.sockway.xds.ads;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.yaml.MessageVisitor;
import java.util.ArrayList;
import java.util.List;

/** Notes which names have to exist. What an Envoy takes from elsewhere than its ADS stream is not looked at. For one file. */
final class ReferenceCollector implements MessageVisitor {
    private final List<Reference> references = new ArrayList<>();

    List<Reference> references() {
        return references;
    }

    @Override
    public void visit(Message message, Places places) {
        switch (message) {
            case RouteAction route when route.hasCluster() -> cluster(route.getCluster(), places, "cluster", "the route");
            case WeightedCluster.ClusterWeight weight -> cluster(weight.getName(), places, "name", "the route");
            case RouteAction.RequestMirrorPolicy mirror -> cluster(mirror.getCluster(), places, "cluster", "the mirror policy");
            case TcpProxy proxy when proxy.hasCluster() -> cluster(proxy.getCluster(), places, "cluster", "the TCP proxy");
            case TcpProxy.WeightedCluster.ClusterWeight weight -> cluster(weight.getName(), places, "name", "the TCP proxy");
            case GrpcService.EnvoyGrpc service -> cluster(service.getClusterName(), places, "cluster_name", "the gRPC service");
            case HttpUri uri when uri.hasCluster() -> cluster(uri.getCluster(), places, "cluster", "the URI");
            case Rds rds when fromAds(rds.getConfigSource()) ->
                    add(ResourceType.ROUTE, rds.getRouteConfigName(), places, "route_config_name", "the listener");
            case SdsSecretConfig secret when fromAds(secret.getSdsConfig()) ->
                    add(ResourceType.SECRET, secret.getName(), places, "name", "the TLS context");
            case HttpFilter filter when fromAds(filter.getConfigDiscovery().getConfigSource()) ->
                    add(ResourceType.EXTENSION, filter.getName(), places, "name", "the HTTP filter");
            case Filter filter when fromAds(filter.getConfigDiscovery().getConfigSource()) ->
                    add(ResourceType.EXTENSION, filter.getName(), places, "name", "the network filter");
            case ListenerFilter filter when fromAds(filter.getConfigDiscovery().getConfigSource()) ->
                    add(ResourceType.EXTENSION, filter.getName(), places, "name", "the listener filter");
            case Cluster cluster when cluster.getType() == Cluster.DiscoveryType.EDS
                    && fromAds(cluster.getEdsClusterConfig().getEdsConfig()) -> endpoints(cluster, places);
            default -> {
            }
        }
    }

    private void endpoints(Cluster cluster, Places places) {
        String service = cluster.getEdsClusterConfig().getServiceName();
        add(ResourceType.ENDPOINTS, service.isEmpty() ? cluster.getName() : service, places, "name", "the cluster");
    }

    private void cluster(String name, Places places, String field, String what) {
        add(ResourceType.CLUSTER, name, places, field, what);
    }

    /** An empty name is told as missing elsewhere. */
    private void add(ResourceType type, String name, Places places, String field, String what) {
        if (!name.isEmpty()) {
            references.add(new Reference(type, name, places.of(field), what));
        }
    }

    private static boolean fromAds(ConfigSource source) {
        return source.hasAds();
    }
}
