package io.sockway.bench.lab;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Envoy configurations in the shape that Istio gives to sidecars, without what costs time and moves no bytes differently: TLS
 * between the proxies, telemetry, and every filter but the router.
 */
final class EnvoyBootstrap {
    /** How the statistics of an HTTP connection manager begin, after "http.". */
    static final String OUTBOUND = "outbound";
    static final String INBOUND = "inbound";

    /** How the statistics of the listener of the service's own port begin, after "listener.". */
    static final String SERVICE_LISTENER = "service";

    private static final int BUFFER_LIMIT_BYTES = 32768;
    private static final String FILTERS = "type.googleapis.com/envoy.extensions.filters.";

    private final Pod pod;

    /**
     * What differs between meshes.
     *
     * @param tcp whether bytes are passed on as they are, and not as HTTP
     * @param appSocket the app's Unix socket, where it does not listen on its port
     */
    record Shape(boolean tcp, Optional<Path> appSocket) {
    }

    private EnvoyBootstrap(Pod pod) {
        this.pod = pod;
    }

    /**
     * The client's proxy: 15001 hands each connection over to the listener of its original port, which itself binds nothing, and
     * that one has a cluster with the server's address.
     */
    static String outbound(Pod client, Pod server, int servicePort, int appPort, Shape filters) {
        EnvoyBootstrap shape = new EnvoyBootstrap(client);
        String cluster = "outbound|%d||server.demo.svc.cluster.local".formatted(servicePort);
        String passthrough = "PassthroughCluster";

        Map<String, Object> virtualOutbound = shape.listener("virtualOutbound", "OUTBOUND", IstioRules.OUTBOUND_PORT);
        virtualOutbound.put("use_original_dst", true);
        virtualOutbound.put("filter_chains", List.of(Map.of("filters", List.of(tcpProxy(passthrough)))));

        Map<String, Object> service = shape.listener(client.family().service() + "_" + servicePort, "OUTBOUND", servicePort);
        service.put("stat_prefix", SERVICE_LISTENER);
        service.put("bind_to_port", false);
        service.put("filter_chains", List.of(Map.of("filters", List.of(filter(filters, OUTBOUND, cluster)))));

        Map<String, Object> serverCluster = cluster(cluster, "STATIC");
        serverCluster.put("load_assignment", Map.of("cluster_name", cluster,
                "endpoints", List.of(EnvoyJson.endpoint(server.address(), appPort))));

        return shape.bootstrap(List.of(virtualOutbound, service), List.of(serverCluster, originalDestination(passthrough)));
    }

    /** The server's proxy: 15006 connects to where the connection was going, from the address that the rules leave alone. */
    static String inbound(Pod server, int appPort, Shape filters) {
        EnvoyBootstrap shape = new EnvoyBootstrap(server);
        String cluster = "inbound|%d||".formatted(appPort);

        Map<String, Object> virtualInbound = shape.listener("virtualInbound", "INBOUND", IstioRules.INBOUND_PORT);
        virtualInbound.put("listener_filters", List.of(
                extension("envoy.filters.listener.original_dst", "listener.original_dst.v3.OriginalDst", Map.of())));
        virtualInbound.put("filter_chains", List.of(Map.of(
                "filter_chain_match", Map.of("destination_port", appPort),
                "filters", List.of(filter(filters, INBOUND, cluster)))));

        return shape.bootstrap(List.of(virtualInbound), List.of(filters.appSocket().map(socket -> unixSocket(cluster, socket))
                .orElseGet(() -> portOfApp(cluster, server))));
    }

    /** A server that sends back what it gets. */
    static String echo(Pod pod, int port) {
        EnvoyBootstrap shape = new EnvoyBootstrap(pod);
        Map<String, Object> listener = shape.listener("echo", "INBOUND", port);
        listener.put("filter_chains", List.of(Map.of("filters", List.of(
                extension("envoy.filters.network.echo", "network.echo.v3.Echo", Map.of())))));
        return EnvoyJson.text(Map.of("static_resources", Map.of("listeners", List.of(listener))));
    }

    private static Map<String, Object> portOfApp(String name, Pod server) {
        Map<String, Object> cluster = originalDestination(name);
        cluster.put("upstream_bind_config", Map.of(
                "source_address", Map.of("address", server.family().inboundSource(), "port_value", 0)));
        return cluster;
    }

    private static Map<String, Object> unixSocket(String name, Path socket) {
        Map<String, Object> cluster = cluster(name, "STATIC");
        Map<String, Object> address = Map.of("address", Map.of("pipe", Map.of("path", socket.toString())));
        cluster.put("load_assignment", Map.of("cluster_name", name, "endpoints",
                List.of(Map.of("lb_endpoints", List.of(Map.of("endpoint", address))))));
        return cluster;
    }

    private static Map<String, Object> filter(Shape filters, String statPrefix, String cluster) {
        return filters.tcp() ? tcpProxy(cluster) : httpConnectionManager(statPrefix, cluster);
    }

    private String bootstrap(List<Object> listeners, List<Object> clusters) {
        return EnvoyJson.text(Map.of(
                "node", Map.of("id", "sidecar~" + pod.address() + "~" + pod.name() + "~cluster.local", "cluster", pod.name()),
                "admin", Map.of("address", EnvoyJson.socketAddress("127.0.0.1", Envoy.ADMIN_PORT)),
                "layered_runtime", EnvoyJson.runtime(),
                "static_resources", Map.of("listeners", listeners, "clusters", clusters)));
    }

    private Map<String, Object> listener(String name, String direction, int port) {
        return new TreeMap<>(Map.of(
                "name", name,
                "address", EnvoyJson.socketAddress(pod.family().wildcard(), port),
                "traffic_direction", direction,
                "per_connection_buffer_limit_bytes", BUFFER_LIMIT_BYTES));
    }

    private static Map<String, Object> cluster(String name, String type) {
        return new TreeMap<>(Map.of(
                "name", name,
                "type", type,
                "connect_timeout", "10s",
                "per_connection_buffer_limit_bytes", BUFFER_LIMIT_BYTES,
                "circuit_breakers", EnvoyJson.unlimited()));
    }

    private static Map<String, Object> originalDestination(String name) {
        Map<String, Object> cluster = cluster(name, "ORIGINAL_DST");
        cluster.put("lb_policy", "CLUSTER_PROVIDED");
        return cluster;
    }

    private static Map<String, Object> httpConnectionManager(String statPrefix, String cluster) {
        Map<String, Object> route = Map.of("match", Map.of("prefix", "/"), "route", Map.of("cluster", cluster, "timeout", "0s"));
        Map<String, Object> host = Map.of("name", "any", "domains", List.of("*"), "routes", List.of(route));
        return extension("envoy.filters.network.http_connection_manager", "network.http_connection_manager.v3.HttpConnectionManager",
                Map.of("stat_prefix", statPrefix,
                        "server_name", "istio-envoy",
                        "route_config", Map.of("name", statPrefix, "virtual_hosts", List.of(host)),
                        "http_filters", List.of(extension("envoy.filters.http.router", "http.router.v3.Router", Map.of()))));
    }

    private static Map<String, Object> tcpProxy(String cluster) {
        return extension("envoy.filters.network.tcp_proxy", "network.tcp_proxy.v3.TcpProxy",
                Map.of("stat_prefix", cluster, "cluster", cluster));
    }

    private static Map<String, Object> extension(String name, String type, Map<String, Object> settings) {
        Map<String, Object> typed = new TreeMap<>(settings);
        typed.put("@type", FILTERS + type);
        return Map.of("name", name, "typed_config", typed);
    }
}
