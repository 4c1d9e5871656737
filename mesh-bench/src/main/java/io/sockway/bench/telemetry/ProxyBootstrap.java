package io.sockway.bench.telemetry;

import io.sockway.bench.lab.EnvoyJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The configuration of the Envoy that is measured: one listener, answered by itself or by an app behind it. */
final class ProxyBootstrap {
    /** How its statistics begin, after "http.". */
    static final String STAT_PREFIX = "inbound";

    private static final String TYPES = "type.googleapis.com/envoy.extensions.filters.";
    private static final int MOST_BODY = 16 << 20;

    private ProxyBootstrap() {
    }

    /**
     * Where it listens and what it answers.
     *
     * @param address of all its ports, and of the app
     * @param adminPort of Envoy's admin server
     * @param port of the listener
     * @param routes in their order
     * @param appPort of the app
     */
    record Inbound(String address, int adminPort, int port, List<Object> routes, int appPort) {
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

    static String of(Inbound place, ProxyParts parts) {
        List<Object> filters = new ArrayList<>(parts.filters());
        filters.add(Map.of("name", "router", "typed_config", Map.of("@type", TYPES + "http.router.v3.Router")));
        Map<String, Object> manager = Map.of(
                "@type", TYPES + "network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix", STAT_PREFIX,
                "access_log", parts.accessLogs(),
                "route_config", Map.of("name", "all", "max_direct_response_body_size_bytes", MOST_BODY,
                        "virtual_hosts", List.of(Map.of("name", "any", "domains", List.of("*"), "routes", place.routes))),
                "http_filters", filters);
        Map<String, Object> listener = Map.of("name", "inbound", "traffic_direction", "INBOUND",
                "address", EnvoyJson.socketAddress(place.address, place.port),
                "filter_chains", List.of(Map.of("filters", List.of(Map.of("name", "http", "typed_config", manager)))));
        List<Object> clusters = new ArrayList<>(parts.clusters());
        clusters.add(cluster("app", place.address, place.appPort));
        return EnvoyJson.text(Map.of(
                "node", Map.of("id", "sidecar~" + ProxyParts.WORKLOAD_ADDRESS + "~" + ProxyParts.WORKLOAD + "." + ProxyParts.NAMESPACE
                        + "~cluster.local", "cluster", ProxyParts.WORKLOAD),
                "admin", Map.of("address", EnvoyJson.socketAddress(place.address, place.adminPort)),
                "layered_runtime", EnvoyJson.runtime(),
                "bootstrap_extensions", parts.extensions(),
                "static_resources", Map.of("listeners", List.of(listener), "clusters", clusters)));
    }

    static Map<String, Object> cluster(String name, String address, int port) {
        return new TreeMap<>(Map.of("name", name, "type", "STATIC", "connect_timeout", "5s", "circuit_breakers", EnvoyJson.unlimited(),
                "load_assignment", Map.of("cluster_name", name, "endpoints", List.of(EnvoyJson.endpoint(address, port)))));
    }
}
