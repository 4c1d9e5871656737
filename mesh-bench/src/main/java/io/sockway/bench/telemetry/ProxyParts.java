package io.sockway.bench.telemetry;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.bench.mixer.BenchModule;
import io.sockway.xds.logger.Caps;
import io.sockway.xds.logger.Labels;
import io.sockway.xds.logger.StatsLogger;
import io.sockway.xds.stats.PluginConfig;
import io.sockway.xds.stats.StatsPlugin;
import io.sockway.xds.stats.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a telemetry adds to an Envoy's bootstrap, as JSON.
 *
 * @param filters before the router
 * @param accessLogs of the HTTP connection manager
 * @param extensions of the bootstrap
 * @param clusters besides those that requests go to
 */
record ProxyParts(List<Object> filters, List<Object> accessLogs, List<Object> extensions, List<Object> clusters) {
    /** Who is measured, in every telemetry's terms. */
    static final String WORKLOAD = "web-v1";
    static final String NAMESPACE = "demo";
    static final String CALLER = "client-v1";
    /** What its pod's address would be; nothing listens there. */
    static final String WORKLOAD_ADDRESS = "10.0.0.2";
    private static final String SERVICE = "web.demo.svc.cluster.local";

    private static final String COLLECTOR = "collector";
    private static final String TYPES = "type.googleapis.com/envoy.extensions.";
    private static final String HTTP_MODULE = "filters.http.dynamic_modules.v3.DynamicModuleFilter";
    private static final String BOOTSTRAP_MODULE = "bootstrap.dynamic_modules.v3.DynamicModuleBootstrapExtension";
    private static final ProxyParts NOTHING = new ProxyParts(List.of(), List.of(), List.of(), List.of());
    /** The plugin's own, unless it is told another. */
    private static final int DEFAULT_SERIES = 1000;
    private static final int SPARE_SERIES = 24;
    private static final Caps AMPLE = new Caps(60_000, 60_000);
    private static final Gson GSON = new Gson();

    /**
     * Where things are.
     *
     * @param address of the client and of the collector
     * @param collectorPort of the collector
     * @param folder for the plugin's slab and for shared objects; the proxy's user may write it
     * @param hosts how many hosts are asked for, if each is to be a service, and so a series, of its own; otherwise 0
     */
    record Surroundings(String address, int collectorPort, Path folder, int hosts) {
        boolean byHost() {
            return hosts > 0;
        }
    }

    static ProxyParts of(Telemetry telemetry, Surroundings at) {
        return switch (telemetry) {
            case NONE -> NOTHING;
            case NOOP -> filter(module(HTTP_MODULE, BenchModule.NOOP.installInto(at.folder), "filter", "noop", text("")));
            case PLUGIN -> filter(plugin(at));
            case LOGGER -> accessLog(logger(at, Map.of()));
            case LOGGER_25 -> accessLog(logger(at, moreLabels()));
            case ACCESS_LOGS -> new ProxyParts(List.of(), List.of(grpcAccessLog()), List.of(), List.of(collector(at)));
            case MIXER -> mixer(at, BenchModule.MIXER);
            case MIXER_LEAN -> mixer(at, BenchModule.MIXER_LEAN);
        };
    }

    /** Where the plugin counts. */
    static Path slabs(Path folder) {
        return folder.resolve("slabs");
    }

    private static ProxyParts filter(Object filter) {
        return new ProxyParts(List.of(filter), List.of(), List.of(), List.of());
    }

    private static ProxyParts accessLog(Object log) {
        return new ProxyParts(List.of(), List.of(log), List.of(), List.of());
    }

    private static Object plugin(Surroundings at) {
        try {
            PluginConfig.Builder config = PluginConfig.builder(slabs(at.folder), PluginConfig.Reporter.DESTINATION, workload(WORKLOAD))
                    .peer(at.address, workload(CALLER)).service("app", new PluginConfig.Service(SERVICE, "web")).hostHeader(at.byHost());
            if (at.hosts + SPARE_SERIES > DEFAULT_SERIES) {
                config.maxSeries(at.hosts + SPARE_SERIES);
            }
            return module(HTTP_MODULE, StatsPlugin.bundled().installInto(at.folder), "filter", StatsPlugin.FILTER_NAME,
                    Map.of("@type", "type.googleapis.com/google.protobuf.Struct",
                            "value", JsonParser.parseString(config.build().json())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Workload workload(String name) {
        return new Workload(name, NAMESPACE, name.replace("-v1", ""), "v1", "Kubernetes", name.replace("-v1", ""), "v1");
    }

    /** The logger that the product offers, with further labels. It cannot look workloads up: the caller's address stands for it. */
    private static Object logger(Surroundings at, Map<String, String> more) {
        Labels labels = Labels.destination(WORKLOAD, NAMESPACE, at.byHost() ? "%REQ(:AUTHORITY)%" : SERVICE,
                "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", NAMESPACE);
        StatsLogger logger = new StatsLogger(labels, at.byHost() ? AMPLE : Caps.DEFAULT);
        JsonObject log = JsonParser.parseString(StatsLogger.json(logger.http())).getAsJsonObject();
        JsonObject config = log.getAsJsonObject("typed_config").getAsJsonObject("value");
        for (String kind : List.of("counters", "histograms")) {
            for (JsonElement metric : config.getAsJsonArray(kind)) {
                JsonArray tags = metric.getAsJsonObject().getAsJsonObject("stat").getAsJsonArray("tags");
                more.forEach((name, format) -> tags.add(GSON.toJsonTree(Map.of("name", name, "value_format", format))));
            }
        }
        return log;
    }

    /** The other 17 labels of Istio's metrics. */
    static Map<String, String> moreLabels() {
        Map<String, String> more = new LinkedHashMap<>();
        for (String end : List.of("source", "destination")) {
            String name = end.equals("source") ? "client" : "web";
            more.put(end + "_principal", end.equals("source") ? "%DOWNSTREAM_PEER_URI_SAN%" : "%DOWNSTREAM_LOCAL_URI_SAN%");
            more.put(end + "_app", name);
            more.put(end + "_version", "v1");
            more.put(end + "_canonical_service", name);
            more.put(end + "_canonical_revision", "v1");
            more.put(end + "_cluster", "Kubernetes");
        }
        more.put("destination_service_name", "web");
        more.put("destination_service_namespace", NAMESPACE);
        more.put("request_protocol", "%PROTOCOL%");
        more.put("grpc_response_status", "%GRPC_STATUS_NUMBER%");
        more.put("response_flags", "%RESPONSE_FLAGS%");
        return more;
    }

    private static Object grpcAccessLog() {
        return Map.of("name", "envoy.access_loggers.http_grpc", "typed_config", Map.of(
                "@type", TYPES + "access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
                "common_config", Map.of("log_name", "bench", "transport_api_version", "V3",
                        "grpc_service", Map.of("envoy_grpc", Map.of("cluster_name", COLLECTOR)))));
    }

    private static ProxyParts mixer(Surroundings at, BenchModule client) {
        Path library = client.installInto(at.folder);
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("context.reporter.kind", "inbound");
        attributes.put("context.reporter.uid", "kubernetes://" + WORKLOAD + "." + NAMESPACE);
        attributes.put("destination.uid", "kubernetes://" + WORKLOAD + "." + NAMESPACE);
        attributes.put("destination.namespace", NAMESPACE);
        if (!at.byHost()) {
            attributes.put("destination.service.host", SERVICE);
        }
        attributes.put("destination.service.name", "web");
        attributes.put("destination.service.namespace", NAMESPACE);
        attributes.put("destination.service.uid", "istio://" + NAMESPACE + "/services/web");
        // What the caller's proxy forwards in a header.
        attributes.put("source.uid", "kubernetes://" + CALLER + "." + NAMESPACE);
        attributes.put("source.namespace", NAMESPACE);
        StringBuilder lines = new StringBuilder();
        attributes.forEach((name, value) -> lines.append(name).append(' ').append(value).append('\n'));
        return new ProxyParts(List.of(module(HTTP_MODULE, library, "filter", "mixer", text(lines.toString()))), List.of(),
                List.of(module(BOOTSTRAP_MODULE, library, "extension", "mixer", text(COLLECTOR))), List.of(collector(at)));
    }

    private static Object module(String type, Path library, String prefix, String name, Object config) {
        return Map.of("name", name, "typed_config", Map.of("@type", TYPES + type,
                "dynamic_module_config", Map.of("module", Map.of("local", Map.of("filename", library.toString())), "do_not_close", true),
                prefix + "_name", name, prefix + "_config", config));
    }

    private static Object text(String value) {
        return Map.of("@type", "type.googleapis.com/google.protobuf.StringValue", "value", value);
    }

    private static Object collector(Surroundings at) {
        String options = "upstreams.http.v3.HttpProtocolOptions";
        Map<String, Object> cluster = ProxyBootstrap.cluster(COLLECTOR, at.address, at.collectorPort);
        cluster.put("typed_extension_protocol_options", Map.of("envoy.extensions." + options, Map.of("@type", TYPES + options,
                "explicit_http_config", Map.of("http2_protocol_options", Map.of()))));
        return cluster;
    }
}
