package io.sockway.xds.stats;

import java.nio.file.Path;
import java.util.List;

/** Pieces of Envoy's configuration, as JSON. */
final class EnvoyJson {
    /**
     * A loopback address that nothing else on this machine uses: Envoy's listeners share their ports with whoever has them already, and
     * would share the requests as well.
     */
    static final String ADDRESS = "127.77.%d.%d".formatted(ProcessHandle.current().pid() / 250 % 250 + 1,
            ProcessHandle.current().pid() % 250 + 1);

    private static final String TYPES = "type.googleapis.com/envoy.extensions.";
    private static final String ROUTER =
            "{\"name\":\"router\",\"typed_config\":{\"@type\":\"" + TYPES + "filters.http.router.v3.Router\"}}";

    private EnvoyJson() {
    }

    static String bootstrap(int adminPort, List<String> listeners, List<String> clusters) {
        return """
                {"admin":{"address":%s},"node":{"id":"n","cluster":"c"},"static_resources":{"listeners":[%s],"clusters":[%s]}}"""
                .formatted(address(adminPort), String.join(",", listeners), String.join(",", clusters));
    }

    static String httpListener(String name, int port, String filter, String routes, String transportSocket) {
        return httpListener(name, port, filter, routes, transportSocket, "");
    }

    /** {@code more} are further members of the connection manager, each with a comma behind. */
    static String httpListener(String name, int port, String filter, String routes, String transportSocket, String more) {
        return """
                {"name":"%s","address":%s,"filter_chains":[{%s"filters":[{"name":"hcm","typed_config":{
                "@type":"%sfilters.network.http_connection_manager.v3.HttpConnectionManager","stat_prefix":"%s","codec_type":"AUTO",%s
                "route_config":{"name":"r","virtual_hosts":[{"name":"v","domains":["*"],"routes":[%s]}]},
                "http_filters":[%s,%s]}}]}]}"""
                .formatted(name, address(port), transportSocket, TYPES, name, more, routes, filter, ROUTER);
    }

    /** A member of a connection manager with a comma behind. */
    static String accessLog(Path file, String format) {
        return """
                "access_log":[{"name":"f","typed_config":{"@type":"%saccess_loggers.file.v3.FileAccessLog","path":"%s","log_format":{
                "text_format_source":{"inline_string":"%s\\n"}}}}],""".formatted(TYPES, file, format);
    }

    /** Another HTTP filter, of its type's name behind {@code filters.http.}. */
    static String httpFilter(String name, String type, String more) {
        return "{\"name\":\"" + name + "\",\"typed_config\":" + typedConfig(type, more) + "}";
    }

    /** {@code more} are members, each with a comma before. */
    static String typedConfig(String type, String more) {
        return "{\"@type\":\"" + TYPES + "filters.http." + type + "\"" + more + "}";
    }

    static String tcpListener(String name, int port, String filter, String cluster) {
        return """
                {"name":"%s","address":%s,"filter_chains":[{"filters":[%s,{"name":"tcp","typed_config":{
                "@type":"%sfilters.network.tcp_proxy.v3.TcpProxy","stat_prefix":"%s","cluster":"%s"}}]}]}"""
                .formatted(name, address(port), filter, TYPES, name, cluster);
    }

    /** A cluster of one endpoint; {@code more} are further members, each with a comma before. */
    static String cluster(String name, int port, String workload, String more) {
        String metadata = workload.isEmpty() ? "" : ",\"metadata\":{\"filter_metadata\":{\"istio\":{\"workload\":\"" + workload + "\"}}}";
        return """
                {"name":"%s","type":"STATIC","connect_timeout":"1s","load_assignment":{"cluster_name":"%s","endpoints":[{"lb_endpoints":[
                {"endpoint":{"address":%s}%s}]}]}%s}""".formatted(name, name, address(port), metadata, more);
    }

    static String http2() {
        return """
                ,"typed_extension_protocol_options":{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions":{
                "@type":"%supstreams.http.v3.HttpProtocolOptions","explicit_http_config":{"http2_protocol_options":{}}}}"""
                .formatted(TYPES);
    }

    static String httpFilter(Path module, PluginConfig config) {
        return "{\"name\":\"sockway\",\"typed_config\":" + typedHttpFilter(module, config.json()) + "}";
    }

    static String networkFilter(Path module, PluginConfig config) {
        return "{\"name\":\"sockway\",\"typed_config\":"
                + typed("network.dynamic_modules.v3.DynamicModuleNetworkFilter", module, config.json()) + "}";
    }

    /** A filter that comes from a file in a watched folder. */
    static String discoveredHttpFilter(Path folder) {
        return """
                {"name":"sockway","config_discovery":{"config_source":{"resource_api_version":"V3","path_config_source":{
                "path":"%s/ecds.json","watched_directory":{"path":"%s"}}},
                "type_urls":["%sfilters.http.dynamic_modules.v3.DynamicModuleFilter"]}}""".formatted(folder, folder, TYPES);
    }

    /** The file's content. */
    static String discovered(String version, Path module, String config) {
        return """
                {"version_info":"%s","resources":[{"@type":"type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig","name":"sockway",
                "typed_config":%s}]}""".formatted(version, typedHttpFilter(module, config));
    }

    private static String typedHttpFilter(Path module, String config) {
        return typed("http.dynamic_modules.v3.DynamicModuleFilter", module, config);
    }

    private static String typed(String type, Path module, String config) {
        return """
                {"@type":"%sfilters.%s","dynamic_module_config":{"module":{"local":{"filename":"%s"}},"do_not_close":true},
                "filter_name":"%s","filter_config":{"@type":"type.googleapis.com/google.protobuf.Struct","value":%s}}"""
                .formatted(TYPES, type, module, StatsPlugin.FILTER_NAME, config);
    }

    private static String address(int port) {
        return "{\"socket_address\":{\"address\":\"" + ADDRESS + "\",\"port_value\":" + port + "}}";
    }

    /** The server's end of mutual TLS, as a member of a filter chain with a comma behind. */
    static String serverTls(SpiffeCertificate own, Path trusted) {
        return """
                "transport_socket":{"name":"tls","typed_config":{"@type":"%stransport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate":true,"common_tls_context":%s}},""".formatted(TYPES, context(own, trusted));
    }

    /** The client's end, as a member of a cluster with a comma before. */
    static String clientTls(SpiffeCertificate own, Path trusted) {
        return """
                ,"transport_socket":{"name":"tls","typed_config":{"@type":"%stransport_sockets.tls.v3.UpstreamTlsContext",
                "common_tls_context":%s}}""".formatted(TYPES, context(own, trusted));
    }

    private static String context(SpiffeCertificate own, Path trusted) {
        return """
                {"tls_certificates":[{"certificate_chain":{"filename":"%s"},"private_key":{"filename":"%s"}}],
                "validation_context":{"trusted_ca":{"filename":"%s"}}}""".formatted(own.certificate(), own.key(), trusted);
    }
}
