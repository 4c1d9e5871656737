package io.sockway.xds.logger;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.LogTypeFilter;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogType;
import java.util.List;
import java.util.Map;

/**
 * Istio's metrics with 8 labels by Envoy's own stats access logger, for listeners of Envoy 1.38 or newer. It needs no library, costs
 * more per request than the plugin, and can be changed only together with its listener.
 *
 * <p>The metrics appear at Envoy's {@code /stats/prometheus} as {@code envoy_istio_...}. It is sent as a TypedStruct, since its protos
 * are younger than those here.
 *
 * @param labels of every metric
 * @param caps of each logger
 */
public record StatsLogger(Labels labels, Caps caps) {
    /** How many histograms a request is counted in. */
    public static final int HTTP_HISTOGRAMS = 3;
    static final int TCP_COUNTERS = 4;

    private static final String TYPE = "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config";
    private static final String PREFIX = "istio";

    /** For {@code access_log} of an HTTP connection manager. */
    public AccessLog http() {
        Map<String, String> tags = labels.http();
        return log("sockway_http", List.of(counter("requests_total", tags, Value.newBuilder().setNumberValue(1).build(), "value_fixed")),
                List.of(histogram("request_duration_milliseconds", tags, "Milliseconds", "%DURATION%"),
                        histogram("request_bytes", tags, "Bytes", "%BYTES_RECEIVED%"),
                        histogram("response_bytes", tags, "Bytes", "%BYTES_SENT%"))).build();
    }

    /**
     * For {@code access_log} of a TCP proxy, whose {@code access_log_options} need {@code flush_access_log_on_connected: true}. Bytes are
     * counted when a connection ends: what Envoy reports before that is cumulative.
     */
    public List<AccessLog> tcp() {
        Map<String, String> tags = labels.tcp();
        Value one = Value.newBuilder().setNumberValue(1).build();
        return List.of(
                log("sockway_tcp_opened", List.of(counter("tcp_connections_opened_total", tags, one, "value_fixed")), List.of())
                        .setFilter(only(AccessLogType.TcpUpstreamConnected)).build(),
                log("sockway_tcp_closed", List.of(
                        counter("tcp_connections_closed_total", tags, one, "value_fixed"),
                        counter("tcp_sent_bytes_total", tags, string("%BYTES_SENT%"), "value_format"),
                        counter("tcp_received_bytes_total", tags, string("%BYTES_RECEIVED%"), "value_format")), List.of())
                        .setFilter(only(AccessLogType.TcpConnectionEnd)).build());
    }

    /** A logger as JSON, for example for an EnvoyFilter. */
    public static String json(AccessLog log) {
        try {
            return JsonFormat.printer().preservingProtoFieldNames()
                    .usingTypeRegistry(TypeRegistry.newBuilder().add(TypedStruct.getDescriptor()).build()).print(log);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("only what this class makes can be printed", e);
        }
    }

    private AccessLog.Builder log(String name, List<Value> counters, List<Value> histograms) {
        Struct scope = Struct.newBuilder().putFields("prefix", string(PREFIX)).putFields("max_counters", number(caps.counters()))
                .putFields("max_histograms", number(caps.histograms()))
                .putFields("enable_eviction", Value.newBuilder().setBoolValue(true).build()).build();
        Struct config = Struct.newBuilder().putFields("stats_scope", struct(scope)).putFields("counters", list(counters))
                .putFields("histograms", list(histograms)).build();
        return AccessLog.newBuilder().setName(name)
                .setTypedConfig(Any.pack(TypedStruct.newBuilder().setTypeUrl(TYPE).setValue(config).build()));
    }

    private static AccessLogFilter only(AccessLogType type) {
        return AccessLogFilter.newBuilder().setLogTypeFilter(LogTypeFilter.newBuilder().addTypes(type)).build();
    }

    private static Value counter(String name, Map<String, String> tags, Value value, String field) {
        return struct(Struct.newBuilder().putFields("stat", stat(name, tags)).putFields(field, value).build());
    }

    private static Value histogram(String name, Map<String, String> tags, String unit, String format) {
        return struct(Struct.newBuilder().putFields("stat", stat(name, tags)).putFields("unit", string(unit))
                .putFields("value_format", string(format)).build());
    }

    private static Value stat(String name, Map<String, String> tags) {
        return struct(Struct.newBuilder().putFields("name", string(name)).putFields("tags", list(tags.entrySet().stream()
                .map(tag -> struct(Struct.newBuilder().putFields("name", string(tag.getKey()))
                        .putFields("value_format", string(tag.getValue())).build())).toList())).build());
    }

    private static Value string(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Value number(int number) {
        return Value.newBuilder().setNumberValue(number).build();
    }

    private static Value struct(Struct struct) {
        return Value.newBuilder().setStructValue(struct).build();
    }

    private static Value list(List<Value> values) {
        return Value.newBuilder().setListValue(ListValue.newBuilder().addAllValues(values)).build();
    }
}
