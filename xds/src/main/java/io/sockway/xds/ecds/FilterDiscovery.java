package io.sockway.xds.ecds;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.BackoffStrategy;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.RetryPolicy;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;

/**
 * The part of a listener that takes a {@link DynamicModuleFilter} from a server, and does nothing until one comes.
 *
 * <p>The default is an RBAC filter without rules, which every Envoy and Istio's proxy has: it lets everything pass and needs no
 * library. With it Envoy serves, whether the server is down, late or sends what Envoy refuses.
 *
 * @param resource name of the resource and of the filter
 * @param source where Envoy asks for it
 * @param patience how long a listener that is new waits for the module before it serves without; zero: it serves at once
 */
public record FilterDiscovery(String resource, ConfigSource source, java.time.Duration patience) {
    private static final String NETWORK_DEFAULT = "sockway_pass";
    /** Envoy's own goes up to half a minute: long, for a server beside it that was only restarted. */
    private static final BackoffStrategy BACK_OFF = BackoffStrategy.newBuilder()
            .setBaseInterval(Duration.newBuilder().setNanos(500_000_000)).setMaxInterval(Duration.newBuilder().setSeconds(5)).build();

    /** Serves at once. */
    public FilterDiscovery(String resource, ConfigSource source) {
        this(resource, source, java.time.Duration.ZERO);
    }

    /** The same with another {@link #patience}. */
    public FilterDiscovery waiting(java.time.Duration time) {
        return new FilterDiscovery(resource, source, time);
    }

    /** Envoy asks on the stream that it has for everything else. */
    public static FilterDiscovery overAds(String resource) {
        return new FilterDiscovery(resource, ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3).build());
    }

    /** Envoy asks a server of its own for it. {@code cluster} is one of Envoy's clusters, which leads to it by HTTP/2. */
    public static FilterDiscovery overCluster(String resource, String cluster) {
        ApiConfigSource api = ApiConfigSource.newBuilder().setApiType(ApiConfigSource.ApiType.GRPC).setTransportApiVersion(ApiVersion.V3)
                .addGrpcServices(GrpcService.newBuilder().setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName(cluster)
                        .setRetryPolicy(RetryPolicy.newBuilder().setRetryBackOff(BACK_OFF)))).build();
        return new FilterDiscovery(resource,
                ConfigSource.newBuilder().setApiConfigSource(api).setResourceApiVersion(ApiVersion.V3).build());
    }

    /** For {@code http_filters}, anywhere before the router. */
    public HttpFilter http() {
        return HttpFilter.newBuilder().setName(resource)
                .setConfigDiscovery(discovery(DynamicModuleFilter.HTTP, RBAC.getDefaultInstance())).build();
    }

    /** For the {@code filters} of a filter chain, before the one that ends it. */
    public Filter network() {
        return Filter.newBuilder().setName(resource).setConfigDiscovery(discovery(DynamicModuleFilter.NETWORK,
                io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.newBuilder().setStatPrefix(NETWORK_DEFAULT).build())).build();
    }

    /** {@link #http} or {@link #network} as JSON, for example for an EnvoyFilter. */
    public static String json(MessageOrBuilder fragment) {
        try {
            return JsonFormat.printer().preservingProtoFieldNames().usingTypeRegistry(TypeRegistry.newBuilder().add(RBAC.getDescriptor())
                    .add(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor()).build()).print(fragment);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("only what this class makes can be printed", e);
        }
    }

    private ExtensionConfigSource discovery(String typeUrl, Message pass) {
        Any standIn = Any.pack(pass);
        Duration timeout = patience.isZero() ? Duration.newBuilder().setSeconds(1).build()
                : Duration.newBuilder().setSeconds(patience.getSeconds()).setNanos(patience.getNano()).build();
        return ExtensionConfigSource.newBuilder()
                .setConfigSource(source.toBuilder().setInitialFetchTimeout(timeout))
                .setDefaultConfig(standIn).setApplyDefaultConfigWithoutWarming(patience.isZero())
                .addTypeUrls(typeUrl).addTypeUrls(standIn.getTypeUrl()).build();
    }
}
