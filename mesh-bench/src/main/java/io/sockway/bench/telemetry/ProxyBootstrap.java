package io.sockway.bench.telemetry;

import io.sockway.bench.lab.EnvoyJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The configuration of the Envoy that is measured: listeners that differ in their telemetry, answered by itself or by an app behind it. */
final class ProxyBootstrap {
    private static final String TYPES = "type.googleapis.com/envoy.extensions.filters.";
    private static final int MOST_BODY = 16 << 20;

    private ProxyBootstrap() {
    }

    /**
     * Where it is and what it answers, at each of its listeners.
     *
     * @param address of all its ports, and of the app
     * @param adminPort of Envoy's admin server
     * @param routes in their order
     * @param appPort of the app
     */
    record Inbound(String address, int adminPort, List<Object> routes, int appPort) {
    }

    /**
     * A listener.
     *
     * @param port that it listens at
     * @param statPrefix how its statistics begin, after "http."
     * @param parts what its telemetry adds
     */
    record Listener(int port, String statPrefix, ProxyParts parts) {
    }

    /** An answer by Envoy itself to every request whose path begins so. */
    static Object direct(String prefix, int status, int bodyBytes) {
        return Map.of("match", Map.of("prefix", prefix),
                "direct_response", Map.of("status", status, "body", Map.of("inline_string", "x".repeat(bodyBytes))));
    }

    /** An answer by the app. */
    static Object proxied(String prefix) {
        return Map.of("match", Map.of("prefix", prefix), "route", Map.of("cluster", "app", "timeout", "0s"));
    }

    static String of(Inbound place, List<Listener> listeners) {
        List<Object> clusters = new ArrayList<>(listeners.stream().flatMap(listener -> listener.parts.clusters().stream()).toList());
        clusters.add(cluster("app", place.address, place.appPort));
        return EnvoyJson.text(Map.of(
                "node", Map.of("id", "sidecar~" + ProxyParts.WORKLOAD_ADDRESS + "~" + ProxyParts.WORKLOAD + "." + ProxyParts.NAMESPACE
                        + "~cluster.local", "cluster", ProxyParts.WORKLOAD),
                "admin", Map.of("address", EnvoyJson.socketAddress(place.address, place.adminPort)),
                "layered_runtime", EnvoyJson.runtime(),
                "bootstrap_extensions", listeners.stream().flatMap(listener -> listener.parts.extensions().stream()).toList(),
                "static_resources", Map.of("listeners", listeners.stream().map(listener -> listener(place, listener)).toList(),
                        "clusters", clusters)));
    }

    private static Object listener(Inbound place, Listener listener) {
        List<Object> filters = new ArrayList<>(listener.parts.filters());
        filters.add(Map.of("name", "router", "typed_config", Map.of("@type", TYPES + "http.router.v3.Router")));
        Map<String, Object> manager = Map.of(
                "@type", TYPES + "network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix", listener.statPrefix,
                "access_log", listener.parts.accessLogs(),
                "route_config", Map.of("name", "all", "max_direct_response_body_size_bytes", MOST_BODY,
                        "virtual_hosts", List.of(Map.of("name", "any", "domains", List.of("*"), "routes", place.routes))),
                "http_filters", filters);
        return Map.of("name", listener.statPrefix, "traffic_direction", "INBOUND",
                "address", EnvoyJson.socketAddress(place.address, listener.port),
                "filter_chains", List.of(Map.of("filters", List.of(Map.of("name", "http", "typed_config", manager)))));
    }

    static Map<String, Object> cluster(String name, String address, int port) {
        return new TreeMap<>(Map.of("name", name, "type", "STATIC", "connect_timeout", "5s", "circuit_breakers", EnvoyJson.unlimited(),
                "load_assignment", Map.of("cluster_name", name, "endpoints", List.of(EnvoyJson.endpoint(address, port)))));
    }
}
