package io.sockway.xds.ads;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.XdsServer;
import io.sockway.xds.testing.Authority;
import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.Load;
import io.sockway.xds.testing.Recorded;
import io.sockway.xds.testing.WebApp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of docs/xds.md, with other ports, in two real Envoys. */
class MeshEnvoyTest {
    @TempDir
    private Path folder;

    private final WebApp app = new WebApp("first");
    private final WebApp otherApp = new WebApp("second");
    private final Recorded events = new Recorded();
    private final int frontPort = EnvoyProcess.freePort();
    private final int webPort = EnvoyProcess.freePort();
    private final String url = "http://127.0.0.1:" + frontPort + "/";
    private Path mesh;
    private MeshWatcher watcher;
    private Publisher publisher;
    private XdsServer server;
    private volatile CountDownLatch refused = new CountDownLatch(1);
    private volatile String problems = "";

    @BeforeEach
    void serve() throws Exception {
        mesh = Files.createDirectory(folder.resolve("mesh"));
        for (String name : List.of("front.yaml", "web.yaml")) {
            write(name, Files.readString(example().resolve(name)).replace("10000", "" + frontPort).replace("10001", "" + webPort)
                    .replace("8080", "" + app.port()));
        }
        watcher = MeshWatcher.open(mesh);
        publisher = new Publisher(watcher.first(), events, Duration.ofSeconds(2));
        watcher.start(new MeshWatcher.Listener() {
            @Override
            public void changed(Mesh next) {
                publisher.publish(next);
            }

            @Override
            public void refused(MeshException why) {
                problems = why.getMessage();
                refused.countDown();
            }
        });
        listen();
    }

    private void listen() {
        server = XdsServer.start(ListenAddress.parse("unix:" + folder.resolve("xds.sock")), Optional.empty(),
                List.of(new AdsService(publisher)));
    }

    @AfterEach
    void end() {
        watcher.close();
        server.close();
        app.close();
        otherApp.close();
    }

    private static Path example() {
        return Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent).map(each -> each.resolve("docs/xds-example/mesh"))
                .filter(Files::isDirectory).findFirst().orElseThrow();
    }

    private EnvoyProcess envoy(String node, boolean incremental) {
        return EnvoyProcess.start(folder, node, EnvoyProcess.bootstrap(node, server.address().toString(), incremental),
                "--disable-hot-restart", "--drain-time-s", "1");
    }

    private String read(String name) throws IOException {
        return Files.readString(mesh.resolve(name));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(mesh.resolve(name), text);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeAWholeMeshAndChangeItUnderLoadWithoutALostRequest(boolean incremental) throws Exception {
        try (EnvoyProcess web = envoy("web", incremental); EnvoyProcess front = envoy("front", incremental)) {
            front.awaitReady();
            web.awaitReady();
            front.awaitReply(url, 200, "first");
            try (Load load = new Load(url)) {
                front.await("under load", () -> load.count() > 50);

                write("web.yaml", read("web.yaml").replace("port_value: " + app.port(), "port_value: " + otherApp.port()));
                front.awaitReply(url, 200, "second");

                // Another cluster in the place of the one that requests go to.
                write("front.yaml", read("front.yaml").replace("web", "site").replace("prefix: /}", "prefix: \"/\"}"));
                front.await("moved to another cluster", () -> front.statistic("cluster.site.upstream_rq_total") > 50
                        && front.statistic("cluster_manager.cluster_removed") == 1);

                write("web.yaml", read("web.yaml").replace("cluster: app", "cluster: ap"));
                assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
                long before = load.count();
                front.await("served on", () -> load.count() > before + 50);
                load.stop();
                assertThat(load.answers()).containsOnlyKeys(200);
            }
            assertThat(problems).startsWith("web.yaml:").contains("the route refers to cluster 'ap'", "did you mean 'app'?");
            assertThat(events.rejections()).isEmpty();
        }
    }

    /** A listener with a route of its own, that and nothing else leads to a cluster. */
    private String aside(int port) {
        return """
                nodes: [front]
                listeners:
                - name: aside
                  address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                  filter_chains:
                  - filters:
                    - name: http
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: aside
                        route_config:
                          name: aside
                          virtual_hosts: [{name: any, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: aside}}]}]
                        http_filters:
                        - name: router
                          typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                clusters:
                - name: aside
                  type: STATIC
                  connect_timeout: 1s
                  load_assignment:
                    cluster_name: aside
                    endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                """.formatted(port, app.port());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeAListenerAwayTogetherWithItsClusterUnderLoadWithoutAFailedRequest(boolean incremental) throws Exception {
        int asidePort = EnvoyProcess.freePort();
        String asideUrl = "http://127.0.0.1:" + asidePort + "/";
        write("aside.yaml", aside(asidePort));
        try (EnvoyProcess web = envoy("web", incremental); EnvoyProcess front = envoy("front", incremental)) {
            front.awaitReady();
            web.awaitReady();
            front.awaitReply(url, 200, "first");
            front.awaitReply(asideUrl, 200, "first");
            try (Load load = new Load(url); Load leaving = new Load(asideUrl)) {
                front.await("under load", () -> load.count() > 50 && leaving.count() > 50);

                Files.delete(mesh.resolve("aside.yaml"));
                write("front.yaml", read("front.yaml").replace("web", "site").replace("prefix: /}", "prefix: \"/\"}"));

                front.await("rid of both clusters", () -> front.statistic("cluster_manager.cluster_removed") == 2);
                load.stop();
                leaving.stop();
                assertThat(load.answers()).containsOnlyKeys(200);
                // Connections that were open got answers until they were closed, and then there was nobody to connect to.
                assertThat(leaving.answers()).containsOnlyKeys(200, 0);
            }
            assertThat(front.statistic("listener_manager.listener_removed")).isOne();
            assertThat(events.rejections()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLoseNothingWhileTheServerIsAwayAndSendNothingWhenItIsBack(boolean incremental) throws Exception {
        try (EnvoyProcess web = envoy("web", incremental); EnvoyProcess front = envoy("front", incremental)) {
            front.awaitReady();
            web.awaitReady();
            front.awaitReply(url, 200, "first");
            try (Load load = new Load(url)) {
                long sent = publisher.totals().responses();
                server.close();
                front.await("alone", () -> front.statistic("control_plane.connected_state") == 0);
                listen();
                front.await("connected again", () -> front.statistic("control_plane.connected_state") == 1);
                front.await("asking again", () -> publisher.streams().size() == 2);
                Thread.sleep(300);
                assertThat(publisher.totals().responses()).isEqualTo(sent);
                load.stop();
                assertThat(load.answers()).containsOnlyKeys(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldShowEnvoysWordsWhenItRefusesSomethingAndNotSendItAgain(boolean incremental) throws Exception {
        try (EnvoyProcess front = envoy("front", incremental)) {
            front.awaitReady();

            // Valid by its definition, refused by Envoy: a regular expression without an end.
            write("front.yaml", read("front.yaml").replace("match: {prefix: /}", "match: {safe_regex: {regex: \"/(\"}}"));

            front.await("refusing", () -> !events.rejections().isEmpty());
            assertThat(events.rejections().getFirst()).startsWith("front RDS ").contains("missing )");
            assertThat(events.report().rejected()).isOne();
            Thread.sleep(500);
            assertThat(events.rejections()).hasSize(1);
        }
    }

    private static String indented(Path pem) throws IOException {
        return Files.readString(pem).strip().replace("\n", "\n        ");
    }

    /** A secret file for one Envoy: its own certificate, and the authority of the others. */
    private static String secrets(String node, Authority authority) throws IOException {
        Authority.Identity identity = authority.issue(node, "spiffe://mesh/" + node);
        return """
                nodes: [%s]
                secrets:
                - name: identity
                  tls_certificate:
                    certificate_chain:
                      inline_string: |
                        %s
                    private_key:
                      inline_string: |
                        %s
                - name: authority
                  validation_context:
                    trusted_ca:
                      inline_string: |
                        %s
                """.formatted(node, indented(identity.certificate()), indented(identity.key()), indented(authority.certificate()));
    }

    private static String tlsContext(String direction, String required) {
        return """
                transport_socket:
                  name: tls
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.%sTlsContext
                    %s
                    common_tls_context:
                      tls_certificate_sds_secret_configs: [{name: identity, sds_config: {ads: {}, resource_api_version: V3}}]
                      validation_context_sds_secret_config: {name: authority, sds_config: {ads: {}, resource_api_version: V3}}
                """.formatted(direction, required);
    }

    private static final String FILTER = """
                - name: gate
                  config_discovery:
                    config_source: {ads: {}, resource_api_version: V3}
                    type_urls: [type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC]
                """;

    private static String extension(String deniedPath) {
        return """
                nodes: [front]
                extension_configs:
                - name: gate
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
                    rules:
                      action: DENY
                      policies:
                        closed:
                          permissions: [{url_path: {path: {exact: %s}}}]
                          principals: [{any: true}]
                """.formatted(deniedPath);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeMutualTlsAndFilterConfigurationsOnTheSameStream(boolean incremental) throws Exception {
        Authority authority = new Authority(folder, "mesh-authority");
        write("front-secrets.yaml", secrets("front", authority));
        write("web-secrets.yaml", secrets("web", authority));
        write("gate.yaml", extension("/closed"));
        write("front.yaml", read("front.yaml").replace("  type: EDS\n", "  type: EDS\n"
                + tlsContext("Upstream", "").indent(2)).replace("        - name: router\n", FILTER.indent(8).stripTrailing() + "\n"
                + "        - name: router\n"));
        write("web.yaml", read("web.yaml").replace("  - filters:\n", "  - " + tlsContext("Downstream", "require_client_certificate: true")
                .indent(4).strip() + "\n    filters:\n"));
        try (EnvoyProcess web = envoy("web", incremental); EnvoyProcess front = envoy("front", incremental)) {
            front.awaitReady();
            web.awaitReady();
            front.awaitReply(url, 200, "first");
            front.awaitReply(url + "closed", 403, "");
            assertThat(web.statistic("listener.127.0.0.1_" + webPort + ".ssl.handshake")).isPositive();
            try (Load load = new Load(url)) {
                write("gate.yaml", extension("/other"));
                front.awaitReply(url + "other", 403, "");
                front.awaitReply(url + "closed", 200, "first");
                load.stop();
                assertThat(load.answers()).containsOnlyKeys(200);
            }
            assertThat(events.rejections()).isEmpty();
        }
    }
}
