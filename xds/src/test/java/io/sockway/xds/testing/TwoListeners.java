package io.sockway.xds.testing;

import java.util.List;

/**
 * The bootstrap of an Envoy with two listeners on loopback: HTTP, which it answers with 200 itself, and TCP, which it passes on. Parts are
 * JSON of Envoy's configuration; the YAML ends in the list of clusters.
 */
public final class TwoListeners {
    private final int httpPort;
    private final int tcpPort;
    private final int upstreamPort;
    private String httpFilter = "";
    private String tcpFilter = "";
    private String httpLog = "";
    private String tcpLogs = "";
    private String endpointMetadata = "{}";

    public TwoListeners(int httpPort, int tcpPort, int upstreamPort) {
        this.httpPort = httpPort;
        this.tcpPort = tcpPort;
        this.upstreamPort = upstreamPort;
    }

    public TwoListeners withHttpFilter(String json) {
        httpFilter = "- " + flow(json);
        return this;
    }

    public TwoListeners withTcpFilter(String json) {
        tcpFilter = "- " + flow(json);
        return this;
    }

    public TwoListeners withHttpLog(String json) {
        httpLog = flow(json);
        return this;
    }

    /** Also written to when a connection is made. */
    public TwoListeners withTcpLogs(List<String> jsons) {
        tcpLogs = flow(String.join(",", jsons));
        return this;
    }

    /** What Istio's endpoint metadata says of the upstream. */
    public TwoListeners withWorkload(String name) {
        endpointMetadata = "{filter_metadata: {istio: {workload: %s}}}".formatted(name);
        return this;
    }

    private static String flow(String json) {
        return json.replaceAll("\\s+", " ");
    }

    public String yaml() {
        return """
                node: {id: web-1, cluster: web}
                stats_flush_interval: 1s
                static_resources:
                  listeners:
                  - name: http
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: http
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: http
                          access_log: [%s]
                          route_config:
                            virtual_hosts:
                            - {name: any, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
                          http_filters:
                          %s
                          - name: router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  - name: tcp
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      %s
                      - name: tcp
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                          stat_prefix: tcp
                          cluster: app
                          access_log_options: {flush_access_log_on_connected: true}
                          access_log: [%s]
                  clusters:
                  - name: app
                    load_assignment:
                      cluster_name: app
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                          metadata: %s
                """.formatted(httpPort, httpLog, httpFilter, tcpPort, tcpFilter, tcpLogs, upstreamPort, endpointMetadata);
    }
}
