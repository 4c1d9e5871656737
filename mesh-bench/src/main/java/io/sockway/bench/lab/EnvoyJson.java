package io.sockway.bench.lab;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Pieces of Envoy's configuration that every proxy under load has. Stateless. */
public final class EnvoyJson {
    private static final long UNLIMITED = 4_294_967_295L;
    private static final long MAX_CONNECTIONS = 2_147_483_647L;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private EnvoyJson() {
    }

    /** A bootstrap or a part of one as text, with its keys in order. */
    public static String text(Map<String, Object> tree) {
        return GSON.toJson(new TreeMap<>(tree));
    }

    /** The value of {@code address} where Envoy listens or connects. */
    public static Map<String, Object> socketAddress(String address, int port) {
        return Map.of("socket_address", Map.of("address", address, "port_value", port));
    }

    /** Endpoints with one address each, as a cluster's or a locality's {@code endpoints} have them. */
    public static Map<String, Object> endpoint(String address, int port) {
        return Map.of("lb_endpoints", List.of(Map.of("endpoint", Map.of("address", socketAddress(address, port)))));
    }

    /** A cluster's {@code circuit_breakers}, which never break: load is to be measured, not turned away. */
    public static Map<String, Object> unlimited() {
        return Map.of("thresholds", List.of(Map.of("max_connections", UNLIMITED, "max_pending_requests", UNLIMITED,
                "max_requests", UNLIMITED, "max_retries", UNLIMITED)));
    }

    /** The bootstrap's {@code layered_runtime}, which allows as many connections as Envoy can count: otherwise it warns. */
    public static Map<String, Object> runtime() {
        return Map.of("layers", List.of(Map.of("name", "limits", "static_layer",
                Map.of("overload.global_downstream_max_connections", MAX_CONNECTIONS))));
    }
}
