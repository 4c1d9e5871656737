package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.xds.testing.Backends;
import io.sockway.xds.testing.EnvoyProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** An Envoy that is configured with what {@code sockway telemetry config} prints, and the sidecar beside it. */
final class TelemetryLab implements AutoCloseable {
    private static final String TYPES = "type.googleapis.com/envoy.extensions.";
    private static final String REVIEWS = "outbound|80||reviews.apps.svc.cluster.local";
    private static final String INBOUND = "inbound|8080||";
    private static final Gson GSON = new Gson();
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Path folder;
    private final Backends backends;
    private final List<Map<String, List<Object>>> parts = new ArrayList<>();
    private final int inbound = EnvoyProcess.freePort();
    private final int outbound = EnvoyProcess.freePort();
    private final int tcp = EnvoyProcess.freePort();
    private final int secure = EnvoyProcess.freePort();
    private final int dead = EnvoyProcess.freePort();
    private Object inboundTls;
    private Object outboundTls;
    private int target = inbound;

    @SuppressWarnings("unchecked")
    TelemetryLab(Path folder, String... configuration) throws IOException {
        this.folder = folder;
        backends = new Backends("127.0.0.1");
        List<String> command = new ArrayList<>(List.of("telemetry", "config", "--format", "envoy", "--telemetry-dir", folder.toString()));
        command.addAll(List.of(configuration));
        Cli.Result printed = Cli.run(command.toArray(String[]::new));
        assertThat(printed.err()).isEmpty();
        for (String part : printed.out().split("(?m)^# .*$")) {
            if (!part.isBlank()) {
                parts.add((Map<String, List<Object>>) new Load(LoadSettings.builder().build()).loadFromString(part));
            }
        }
        assertThat(parts).hasSize(5);
    }

    Cli.Sidecar sidecar(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--telemetry-dir", folder.toString()));
        arguments.addAll(List.of(more));
        return new Cli.Sidecar(List.of("telemetry", "serve"), arguments.toArray(String[]::new));
    }

    /** Has the outbound listener lead to a lab's second inbound one, this or another's, over HTTP/2 and with TLS at both ends. */
    void callsOverTls(TelemetryLab other, Object clientTls, Object serverTls) {
        target = other.secure;
        outboundTls = clientTls;
        other.inboundTls = serverTls;
    }

    EnvoyProcess envoy(String name, String... restart) {
        return EnvoyProcess.start(folder, name, bootstrap(), restart);
    }

    int inbound() {
        return inbound;
    }

    int outbound() {
        return outbound;
    }

    int tcp() {
        return tcp;
    }

    /** Waits until all of Envoy's filters have what the sidecar gives them. */
    static void awaitPlugin(EnvoyProcess envoy, Cli.Sidecar sidecar) {
        envoy.await("given the plugin", () -> status(sidecar).getAsJsonArray("envoys").asList().stream()
                .anyMatch(each -> each.getAsJsonObject().get("filters").getAsInt() == 3));
    }

    static JsonObject status(Cli.Sidecar sidecar) {
        return JsonParser.parseString(get(sidecar.url() + "status", "*/*").body()).getAsJsonObject().getAsJsonObject("telemetry");
    }

    static Exposition metrics(Cli.Sidecar sidecar) {
        HttpResponse<String> answer = get(sidecar.url() + "metrics", "text/plain");
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        return Exposition.parse(answer.body(), false);
    }

    static HttpResponse<String> get(String url, String accept, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Accept", accept).timeout(Duration.ofSeconds(20));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void eventually(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain: " + what).isLessThan(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private String bootstrap() {
        List<Object> clusters = new ArrayList<>(parts.get(0).get("clusters"));
        clusters.add(cluster("app", backends.httpPort(), null));
        clusters.add(cluster("echo", backends.echoPort(), null));
        clusters.add(inboundCluster());
        clusters.add(cluster("broken", backends.brokenPort(), null));
        clusters.add(cluster("dead", dead, null));
        clusters.add(cluster(REVIEWS, target, outboundTls));
        List<Object> routes = List.of(direct("/404", 404), direct("/503", 503), direct("/ok", 200), route("/broken", "broken", Map.of()),
                route("/inbound", INBOUND, Map.of()),
                route("/dead", "dead", Map.of()), route("/slow", "app", Map.of("timeout", "0.1s")),
                route("/flaky", "app", Map.of("retry_policy", Map.of("retry_on", "5xx", "num_retries", 1))), route("/", "app", Map.of()));
        List<Object> listeners = new ArrayList<>(List.of(
                http("in", inbound, parts.get(1).get("http_filters"), routes, null),
                http("out", outbound, parts.get(2).get("http_filters"), List.of(route("/", REVIEWS, Map.of())), null),
                tcpListener()));
        if (inboundTls != null) {
            listeners.add(http("in", secure, parts.get(1).get("http_filters"), routes, inboundTls));
        }
        return "node: {id: " + folder.getFileName() + ", cluster: lab}\nstatic_resources: "
                + GSON.toJson(Map.of("listeners", listeners, "clusters", clusters)) + "\n";
    }

    private Object tcpListener() {
        List<Object> filters = new ArrayList<>(parts.get(3).get("filters"));
        filters.add(Map.of("name", "tcp", "typed_config", Map.of("@type", TYPES + "filters.network.tcp_proxy.v3.TcpProxy",
                "stat_prefix", "tcp", "cluster", "echo")));
        return Map.of("name", "tcp", "address", address(tcp), "filter_chains", List.of(Map.of("filters", filters)));
    }

    private static Object http(String name, int port, List<Object> first, List<Object> routes, Object tls) {
        List<Object> filters = new ArrayList<>(first);
        filters.add(Map.of("name", "router", "typed_config", Map.of("@type", TYPES + "filters.http.router.v3.Router")));
        Object manager = Map.of("name", "hcm", "typed_config", Map.of(
                "@type", TYPES + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix", name,
                "forward_client_cert_details", "SANITIZE_SET", "set_current_client_cert_details", Map.of("uri", true),
                "http_filters", filters, "route_config", Map.of("virtual_hosts", List.of(Map.of("name", "v", "domains", List.of("*"),
                        "routes", routes)))));
        Map<String, Object> chain = tls == null ? Map.of("filters", List.of(manager))
                : Map.of("filters", List.of(manager), "transport_socket", tls);
        return Map.of("name", name + port, "address", address(port), "filter_chains", List.of(chain));
    }

    private static Object direct(String prefix, int status) {
        return Map.of("match", Map.of("prefix", prefix), "direct_response", Map.of("status", status));
    }

    private static Object route(String prefix, String cluster, Map<String, Object> more) {
        Map<String, Object> action = new HashMap<>(more);
        action.put("cluster", cluster);
        return Map.of("match", Map.of("prefix", prefix), "route", action);
    }

    private static Map<String, Object> cluster(String name, int port, Object tls) {
        Object endpoint = Map.of("endpoint", Map.of("address", address(port)), "metadata", Map.of("filter_metadata", Map.of("istio",
                Map.of("workload", "reviews-v1;apps;reviews;v1;Kubernetes"))));
        Map<String, Object> cluster = new HashMap<>(Map.of("name", name, "type", "STATIC", "connect_timeout", "2s",
                "load_assignment", Map.of("cluster_name", name, "endpoints", List.of(Map.of("lb_endpoints", List.of(endpoint))))));
        if (tls != null) {
            cluster.put("transport_socket", tls);
            cluster.put("typed_extension_protocol_options", Map.of("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", Map.of(
                    "@type", TYPES + "upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config", Map.of("http2_protocol_options", Map.of()))));
        }
        return cluster;
    }

    /** With what istiod says of it. */
    private Object inboundCluster() {
        Map<String, Object> cluster = new HashMap<>(cluster(INBOUND, backends.httpPort(), null));
        cluster.put("metadata", Map.of("filter_metadata", Map.of("istio", Map.of("services", List.of(
                Map.of("host", "reviews.apps.svc.cluster.local", "name", "reviews", "namespace", "apps"))))));
        return cluster;
    }

    private static Object address(int port) {
        return Map.of("socket_address", Map.of("address", "127.0.0.1", "port_value", port));
    }

    @Override
    public void close() throws IOException {
        backends.close();
    }
}
