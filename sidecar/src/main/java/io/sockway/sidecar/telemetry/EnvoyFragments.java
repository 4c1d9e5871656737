package io.sockway.sidecar.telemetry;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.sockway.xds.ecds.FilterDiscovery;
import io.sockway.xds.logger.Caps;
import io.sockway.xds.logger.Labels;
import io.sockway.xds.logger.StatsLogger;
import io.sockway.xds.stats.PluginConfig;
import io.sockway.xds.stats.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** What goes into Envoy's configuration so that it counts, as YAML: for Istio as an EnvoyFilter, otherwise part by part. Stateless. */
final class EnvoyFragments {
    /** Names of the resources that Envoy asks for. */
    static final String HTTP_INBOUND = "sockway-http-inbound";
    static final String HTTP_OUTBOUND = "sockway-http-outbound";
    static final String TCP_INBOUND = "sockway-tcp-inbound";
    static final String TCP_OUTBOUND = "sockway-tcp-outbound";

    /** Envoy's name for the sidecar. */
    static final String CLUSTER = "sockway-telemetry";

    private static final String MANAGER = "envoy.filters.network.http_connection_manager";
    private static final String TCP_PROXY = "envoy.filters.network.tcp_proxy";
    private static final String MANAGER_TYPE =
            "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    private static final String TCP_PROXY_TYPE = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    /** Words that YAML 1.1, which Kubernetes reads, takes for booleans. */
    private static final Pattern OLD_BOOLEAN = Pattern.compile("(?mi)^(.*: )(y|yes|n|no|on|off)$");
    private static final Gson GSON = new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

    private EnvoyFragments() {
    }

    static String yaml(TelemetrySettings settings, FragmentFormat format, IstioTarget target, Duration wait) {
        boolean plugin = settings.mode() != TelemetryMode.LOGGER;
        if (format == FragmentFormat.ISTIO) {
            return dump(envoyFilter(target, plugin ? pluginPatches(settings, wait) : loggerPatches(settings)));
        }
        return plugin ? pluginParts(settings, wait) : loggerParts(settings);
    }

    private static String pluginParts(TelemetrySettings settings, Duration wait) {
        return part("Among Envoy's clusters, static or not:", "clusters", cluster(settings))
                + part("Where requests come in, among http_filters before the router:", "http_filters", http(HTTP_INBOUND, wait))
                + part("Where requests go out, the same:", "http_filters", http(HTTP_OUTBOUND, wait))
                + part("Where TCP connections come in, among the filters before tcp_proxy:", "filters", network(TCP_INBOUND, wait))
                + part("Where TCP connections go out, the same:", "filters", network(TCP_OUTBOUND, wait));
    }

    private static List<Object> pluginPatches(TelemetrySettings settings, Duration wait) {
        return List.of(
                patch("CLUSTER", Map.of("context", "SIDECAR_OUTBOUND"), "ADD", cluster(settings)),
                patch("HTTP_FILTER", match("SIDECAR_INBOUND", MANAGER), "INSERT_FIRST", http(HTTP_INBOUND, wait)),
                patch("HTTP_FILTER", match("SIDECAR_OUTBOUND", MANAGER), "INSERT_FIRST", http(HTTP_OUTBOUND, wait)),
                patch("NETWORK_FILTER", match("SIDECAR_INBOUND", TCP_PROXY), "INSERT_BEFORE", network(TCP_INBOUND, wait)),
                patch("NETWORK_FILTER", match("SIDECAR_OUTBOUND", TCP_PROXY), "INSERT_BEFORE", network(TCP_OUTBOUND, wait)));
    }

    private static Object cluster(TelemetrySettings settings) {
        Map<String, Object> cluster = new LinkedHashMap<>();
        cluster.put("name", CLUSTER);
        cluster.put("type", "STATIC");
        cluster.put("connect_timeout", "1s");
        cluster.put("typed_extension_protocol_options", Map.of("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", ordered(
                "@type", "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config", Map.of("http2_protocol_options", Map.of()))));
        cluster.put("load_assignment", ordered("cluster_name", CLUSTER, "endpoints", List.of(Map.of("lb_endpoints", List.of(Map.of(
                "endpoint", Map.of("address", Map.of("pipe", Map.of("path", settings.socket().toString())))))))));
        return cluster;
    }

    private static Object http(String resource, Duration wait) {
        return tree(FilterDiscovery.json(FilterDiscovery.overCluster(resource, CLUSTER).waiting(wait).http()));
    }

    private static Object network(String resource, Duration wait) {
        return tree(FilterDiscovery.json(FilterDiscovery.overCluster(resource, CLUSTER).waiting(wait).network()));
    }

    private static String loggerParts(TelemetrySettings settings) {
        StatsLogger inbound = inbound(settings);
        StatsLogger outbound = outbound(settings);
        return part("Where requests come in, among the access_log of the HTTP connection manager:", "access_log", log(inbound.http()))
                + part("Where requests go out, the same:", "access_log", log(outbound.http()))
                + parts("Where TCP connections come in, in the TCP proxy:", tcp(inbound))
                + parts("Where TCP connections go out, the same:", tcp(outbound));
    }

    private static List<Object> loggerPatches(TelemetrySettings settings) {
        List<Object> patches = new ArrayList<>();
        for (StatsLogger logger : List.of(inbound(settings), outbound(settings))) {
            String context = "SIDECAR_" + (logger.labels().reporter().equals("source") ? "OUTBOUND" : "INBOUND");
            patches.add(patch("NETWORK_FILTER", match(context, MANAGER), "MERGE", ordered("name", MANAGER, "typed_config",
                    ordered("@type", MANAGER_TYPE, "access_log", List.of(log(logger.http()))))));
            Map<String, Object> tcp = new LinkedHashMap<>(Map.of("@type", TCP_PROXY_TYPE));
            tcp.putAll(tcp(logger));
            patches.add(patch("NETWORK_FILTER", match(context, TCP_PROXY), "MERGE", ordered("name", TCP_PROXY, "typed_config", tcp)));
        }
        return patches;
    }

    private static Map<String, Object> tcp(StatsLogger logger) {
        return ordered("access_log_options", Map.of("flush_access_log_on_connected", true),
                "access_log", logger.tcp().stream().map(EnvoyFragments::log).toList());
    }

    /** Istio's proxies find out by themselves who the peer is, and keep it where access logs see it. */
    private static StatsLogger inbound(TelemetrySettings settings) {
        Workload own = settings.identity().workload();
        return new StatsLogger(Labels.destination(unknown(own.name()), unknown(own.namespace()),
                settings.identity().service().map(PluginConfig.Service::host).orElseGet(() -> unknown(own.canonicalService())),
                "%FILTER_STATE(downstream_peer:FIELD:workload)%", "%FILTER_STATE(downstream_peer:FIELD:namespace)%"), caps(settings));
    }

    private static StatsLogger outbound(TelemetrySettings settings) {
        Workload own = settings.identity().workload();
        return new StatsLogger(Labels.source(unknown(own.name()), unknown(own.namespace()),
                "%FILTER_STATE(upstream_peer:FIELD:workload)%", "%FILTER_STATE(upstream_peer:FIELD:namespace)%", "%UPSTREAM_CLUSTER%"),
                caps(settings));
    }

    static Caps caps(TelemetrySettings settings) {
        return new Caps(settings.maxSeries(), StatsLogger.HTTP_HISTOGRAMS * settings.maxSeries());
    }

    private static String unknown(String text) {
        return text.isEmpty() ? "unknown" : text;
    }

    private static Object log(AccessLog log) {
        return tree(StatsLogger.json(log));
    }

    private static Object envoyFilter(IstioTarget target, List<Object> patches) {
        Map<String, Object> spec = new LinkedHashMap<>();
        if (!target.selector().isEmpty()) {
            spec.put("workloadSelector", Map.of("labels", target.selector()));
        }
        spec.put("configPatches", patches);
        Map<String, Object> metadata = new LinkedHashMap<>(Map.of("name", "sockway-telemetry"));
        target.namespace().ifPresent(namespace -> metadata.put("namespace", namespace));
        return ordered("apiVersion", "networking.istio.io/v1alpha3", "kind", "EnvoyFilter", "metadata", metadata, "spec", spec);
    }

    private static Object patch(String applyTo, Object match, String operation, Object value) {
        return ordered("applyTo", applyTo, "match", match, "patch", ordered("operation", operation, "value", value));
    }

    private static Object match(String context, String filter) {
        return ordered("context", context, "listener", Map.of("filterChain", Map.of("filter", Map.of("name", filter))));
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static Object tree(String json) {
        return GSON.fromJson(json, Object.class);
    }

    private static String part(String comment, String key, Object element) {
        return parts(comment, Map.of(key, List.of(element)));
    }

    private static String parts(String comment, Map<String, Object> parts) {
        return "# " + comment + "\n" + dump(parts);
    }

    private static String dump(Object tree) {
        DumpSettings settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).setDereferenceAliases(true).setWidth(200)
                .build();
        return OLD_BOOLEAN.matcher(new Dump(settings).dumpToString(tree)).replaceAll("$1\"$2\"");
    }
}
