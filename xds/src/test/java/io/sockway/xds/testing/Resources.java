package io.sockway.xds.testing;

import com.google.protobuf.Duration;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.sockway.xds.discovery.Resource;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.discovery.Snapshot;

/** Small resources whose content differs by a number. */
public final class Resources {
    private Resources() {
    }

    public static Resource cluster(String name, int content) {
        return Resource.of(name, Cluster.newBuilder().setName(name).setConnectTimeout(Duration.newBuilder().setSeconds(content)).build());
    }

    /** A cluster that takes its endpoints from the same stream. */
    public static Resource discovered(String name, int content) {
        return Resource.of(name, Cluster.newBuilder().setName(name).setConnectTimeout(Duration.newBuilder().setSeconds(content))
                .setType(Cluster.DiscoveryType.EDS).setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(
                        ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance()))).build());
    }

    public static Resource endpoints(String name, int content) {
        return Resource.of(name, ClusterLoadAssignment.newBuilder().setClusterName(name)
                .setPolicy(ClusterLoadAssignment.Policy.newBuilder().setEndpointStaleAfter(Duration.newBuilder().setSeconds(content)))
                .build());
    }

    public static Resource route(String name, int content) {
        return Resource.of(name, RouteConfiguration.newBuilder().setName(name).addInternalOnlyHeaders("x-" + content).build());
    }

    public static Resource listener(String name, int content) {
        return Resource.of(name, Listener.newBuilder().setName(name).setStatPrefix("content-" + content).build());
    }

    public static Resource secret(String name) {
        return Resource.of(name, Secret.newBuilder().setName(name).build());
    }

    public static Resource extension(String name) {
        return Resource.of(name, TypedExtensionConfig.newBuilder().setName(name).build());
    }

    public static Snapshot clusters(Resource... clusters) {
        Snapshot.Builder snapshot = Snapshot.builder();
        for (Resource each : clusters) {
            snapshot.add(ResourceType.CLUSTER, each);
        }
        return snapshot.build();
    }

    public static Snapshot endpoints(Resource... endpoints) {
        Snapshot.Builder snapshot = Snapshot.builder();
        for (Resource each : endpoints) {
            snapshot.add(ResourceType.ENDPOINTS, each);
        }
        return snapshot.build();
    }
}
