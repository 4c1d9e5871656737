package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.sockops.Sandbox;
import io.sockway.xds.stats.StatsPlugin;
import io.sockway.xds.testing.Authority;
import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.Requests;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Telemetry as a user has it: the sidecar's process beside a real Envoy that is configured with what {@code telemetry config} prints. */
@Timeout(120)
class TelemetryTest {
    private static final String IDENTITY = "workload=reviews-v1,namespace=apps,app=reviews,version=v1";

    @TempDir
    private Path folder;

    private static Predicate<Exposition.Sample> by(String reporter) {
        return sample -> sample.label("reporter").equals(reporter);
    }

    private static String url(int port, String path) {
        return "http://127.0.0.1:" + port + path;
    }

    private static Predicate<Exposition.Sample> code(String start) {
        return sample -> sample.label("response_code").startsWith(start);
    }

    /** Envoy's own counts, to be added up over Envoys. */
    private record Counts(long inbound, long completed, long twos, long fours, long fives, long outbound, long connections, long received,
            long sent) {
        static Counts of(EnvoyProcess envoy) {
            envoy.await("idle", () -> Stream.of("http.in.downstream_rq_active", "http.out.downstream_rq_active",
                    "tcp.tcp.downstream_cx_active").allMatch(gauge -> envoy.statistic(gauge) == 0));
            // "100 Continue" is no end of a request, though Envoy counts it with those.
            return new Counts(envoy.statistic("http.in.downstream_rq_total"),
                    envoy.statistic("http.in.downstream_rq_completed") - envoy.statistic("http.in.downstream_rq_1xx"),
                    envoy.statistic("http.in.downstream_rq_2xx"),
                    envoy.statistic("http.in.downstream_rq_4xx"), envoy.statistic("http.in.downstream_rq_5xx"),
                    envoy.statistic("http.out.downstream_rq_total"), envoy.statistic("tcp.tcp.downstream_cx_total"),
                    envoy.statistic("tcp.tcp.downstream_cx_rx_bytes_total"), envoy.statistic("tcp.tcp.downstream_cx_tx_bytes_total"));
        }

        static Counts of(Exposition metrics) {
            return new Counts(metrics.sum("istio_requests_total", by("destination")),
                    metrics.sum("istio_requests_total", by("destination").and(code("0").negate())),
                    metrics.sum("istio_requests_total", by("destination").and(code("2"))),
                    metrics.sum("istio_requests_total", by("destination").and(code("4"))),
                    metrics.sum("istio_requests_total", by("destination").and(code("5"))),
                    metrics.sum("istio_requests_total", by("source")), metrics.sum("istio_tcp_connections_closed_total"),
                    metrics.sum("istio_tcp_received_bytes_total"), metrics.sum("istio_tcp_sent_bytes_total"));
        }

        Counts plus(Counts other) {
            return new Counts(inbound + other.inbound, completed + other.completed, twos + other.twos, fours + other.fours,
                    fives + other.fives, outbound + other.outbound, connections + other.connections, received + other.received,
                    sent + other.sent);
        }
    }

    /** What was asked of the listeners, as a client knows it. */
    private record Asked(long inbound, long outbound, long connections, long bytes) {
    }

    /** Requests that are refused, given up in the middle, or ask for something else than an answer. */
    private static final List<String> ODD = List.of(
            "HEAD /ok HTTP/1.1\r\nhost: a\r\n\r\n",
            "GET /ok HTTP/1.0\r\nhost: a\r\n\r\n",
            "GET /ok HTTP/1.1\r\nhost: a\r\nx-long: " + "x".repeat(70_000) + "\r\n\r\n",
            "GET /app HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            "CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n",
            "POST /app HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nnot all of it",
            "POST /app HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\nbody",
            "POST /app HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nx-trailer: b\r\n\r\n");

    /** Mixed traffic: answers by Envoy and by the app, errors, retries, timeouts, calls, resets, nonsense, and bytes over TCP. */
    private static Asked ask(TelemetryLab lab, int rounds) throws IOException, InterruptedException {
        Requests requests = new Requests("127.0.0.1");
        String[] paths = {"/ok", "/404", "/503", "/app", "/flaky", "/dead", "/broken"};
        int outbound = 0;
        int more = 0;
        int connections = 0;
        for (int i = 0; i < rounds; i++) {
            outbound += i % 3 == 0 ? 1 : 0;
            requests.get(i % 3 == 0 ? lab.outbound() : lab.inbound(), paths[i % paths.length]);
            if (i % 10 == 0) {
                requests.echo(lab.tcp(), 5000);
                connections++;
                requests.callGrpc(lab.outbound());
                requests.send(lab.outbound(), "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n", false);
                outbound += 2;
                requests.send(lab.inbound(), "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n", false);
                requests.send(lab.inbound(), "GET / HTTP/1.1\r\nno header\r\n\r\n", true);
                requests.get(lab.inbound(), "/slow");
                more += 5;
                for (String odd : ODD) {
                    requests.send(lab.inbound(), odd, false);
                    more++;
                }
            }
        }
        return new Asked(rounds + more, outbound, connections, connections * 5000L);
    }

    @Test
    void shouldCountWhatEnvoyCountsWhateverIsRestartedOrChanged() throws Exception {
        Path peers = Files.writeString(folder.resolve("peers.yaml"), "peers: {127.0.0.1: {workload: front-0, namespace: web}}");
        String[] options = {"--node-identity", IDENTITY, "--peers", peers.toString(), "--telemetry-profile", "istio"};
        Authority authority = new Authority(folder, "mesh");
        String principal = "spiffe://cluster.local/ns/apps/sa/reviews";
        Authority.Identity own = authority.issue("reviews", principal);
        Counts first;
        try (TelemetryLab lab = new TelemetryLab(folder)) {
            lab.callsOverTls(lab, tls("UpstreamTlsContext", authority, own), tls("DownstreamTlsContext", authority, own));
            try (Cli.Sidecar killed = lab.sidecar(options); EnvoyProcess envoy = lab.envoy("first").awaitReady()) {
                TelemetryLab.awaitPlugin(envoy, killed);
                AtomicBoolean done = new AtomicBoolean();
                CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
                    while (!done.get()) {
                        askQuietly(lab, 20);
                    }
                });
                String updates = "extension_config_discovery.http_filter.sockway-http-inbound.config_reload";
                for (int i = 1; i <= 3; i++) {
                    long before = envoy.statistic(updates);
                    Files.writeString(peers, "peers: {127.0.0.1: {workload: front-%d, namespace: web}}".formatted(i));
                    envoy.await("given other peers", () -> envoy.statistic(updates) > before);
                }
                killed.kill9();
                ask(lab, 20);
                try (Cli.Sidecar second = lab.sidecar(options)) {
                    TelemetryLab.awaitPlugin(envoy, second);
                    done.set(true);
                    load.join();
                    first = Counts.of(envoy);
                    assertThat(first.inbound()).isGreaterThan(50);
                    Exposition metrics = TelemetryLab.metrics(second);
                    assertThat(Counts.of(metrics)).isEqualTo(first);
                    assertThat(envoy.statistic("http.in.downstream_cx_http2_total")).isPositive();
                    assertThat(envoy.statistic("cluster.app.upstream_rq_retry")).isPositive();
                    assertThat(metrics.samples().stream().filter(sample -> sample.name().equals("istio_requests_total"))
                            .filter(by("destination")).map(sample -> Stream.of("response_code", "response_flags", "request_protocol",
                                    "grpc_response_status", "connection_security_policy").map(sample::label)
                                    .collect(Collectors.joining(" "))))
                            .contains("200 - http  none", "200 - http  mutual_tls", "404 - http  none", "503 - http  none",
                                    "503 UF http  none", "503 UC http  none", "504 UT http  none", "400 DPE http  none", "0 DC http  none",
                                    "200 - grpc 5 mutual_tls");
                    long calls = metrics.sum("istio_requests_total", sample -> sample.label("grpc_response_status").equals("5"));
                    assertThat(metrics.sum("istio_request_messages_total")).isEqualTo(Requests.GRPC_REQUEST_MESSAGES * calls).isPositive();
                    assertThat(metrics.sum("istio_response_messages_total")).isEqualTo(Requests.GRPC_RESPONSE_MESSAGES * calls);
                    assertThat(metrics.samples().stream().filter(by("destination")).map(sample -> sample.label("source_workload")))
                            .contains("front-0", "front-3");
                    envoy.kill();
                    TelemetryLab.eventually("the dead Envoy's slab is read to its end",
                            () -> TelemetryLab.metrics(second).sum("sockway_stats_slabs") == 0);
                    assertThat(Counts.of(TelemetryLab.metrics(second))).isEqualTo(first);
                    second.kill9();
                }
            }
            try (Cli.Sidecar third = lab.sidecar(options)) {
                assertThat(Counts.of(TelemetryLab.metrics(third))).isEqualTo(first);
                try (EnvoyProcess envoy = lab.envoy("second").awaitReady()) {
                    TelemetryLab.awaitPlugin(envoy, third);
                    ask(lab, 40);
                    Counts second = Counts.of(envoy);
                    assertThat(Counts.of(TelemetryLab.metrics(third))).isEqualTo(first.plus(second));
                }
            }
        }
    }

    private static void askQuietly(TelemetryLab lab, int rounds) {
        try {
            ask(lab, rounds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Asks once more on a connection; returns the head of an answer without a body. */
    private static String head(Socket connection) throws IOException {
        connection.getOutputStream().write("GET /404 HTTP/1.1\r\nhost: a\r\n\r\n".getBytes());
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = connection.getInputStream().read();
            assertThat(next).as("the answer ends after " + head).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }

    @Test
    void shouldCountBothEnvoysOfAHotRestart() throws Exception {
        String base = Long.toString(20_000 + ProcessHandle.current().pid() % 10_000);
        String[] restart = {"--base-id", base, "--drain-time-s", "1", "--parent-shutdown-time-s", "4", "--restart-epoch"};
        Requests requests = new Requests("127.0.0.1");
        try (TelemetryLab lab = new TelemetryLab(folder); Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY);
                EnvoyProcess old = lab.envoy("old", Stream.concat(Stream.of(restart), Stream.of("0")).toArray(String[]::new))) {
            TelemetryLab.awaitPlugin(old.awaitReady(), sidecar);
            Asked first = ask(lab, 40);
            try (Socket kept = requests.connect(lab.inbound())) {
                assertThat(head(kept)).contains("404").doesNotContain("connection: close");
                int askedOld = 1;
                try (EnvoyProcess fresh = lab.envoy("fresh", Stream.concat(Stream.of(restart), Stream.of("1")).toArray(String[]::new))) {
                    fresh.awaitReady().await("given the plugin beside the old one", () -> TelemetryLab.status(sidecar)
                            .getAsJsonArray("envoys").get(0).getAsJsonObject().get("filters").getAsInt() == 6);
                    // The old one goes on counting until it ends its connection with an answer.
                    String last;
                    do {
                        last = head(kept);
                        askedOld++;
                    } while (!last.contains("connection: close"));
                    Asked second = ask(lab, 40);
                    assertThat(TelemetryLab.metrics(sidecar).sum("sockway_stats_slabs")).isEqualTo(2);
                    TelemetryLab.eventually("the old one has ended and its slab is read to the end",
                            () -> !old.isAlive() && TelemetryLab.metrics(sidecar).sum("sockway_stats_slabs") == 1);
                    Asked third = ask(lab, 10);
                    Counts.of(fresh);
                    Exposition metrics = TelemetryLab.metrics(sidecar);
                    long inbound = first.inbound() + second.inbound() + third.inbound();
                    assertThat(metrics.sum("istio_requests_total", by("destination"))).isEqualTo(askedOld + inbound);
                    assertThat(metrics.sum("istio_requests_total", by("source")))
                            .isEqualTo(first.outbound() + second.outbound() + third.outbound());
                    assertThat(metrics.sum("istio_tcp_connections_closed_total"))
                            .isEqualTo(first.connections() + second.connections() + third.connections());
                    assertThat(metrics.sum("istio_tcp_received_bytes_total")).isEqualTo(first.bytes() + second.bytes() + third.bytes());
                }
            }
        } finally {
            // Envoy leaves what it shares for a hot restart.
            Files.deleteIfExists(Path.of("/dev/shm/envoy_shared_memory_" + base + "0"));
        }
    }

    /** Something at the socket that is no management server. */
    private static final class Garbage implements AutoCloseable {
        private final ServerSocketChannel server;

        Garbage(Path socket) throws IOException {
            Files.deleteIfExists(socket);
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
            Thread.startVirtualThread(() -> {
                while (server.isOpen()) {
                    try (SocketChannel client = server.accept()) {
                        client.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\n\r\nnonsense".getBytes()));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @Test
    void shouldLeaveEnvoyServingWhileTheSidecarIsAwayOrSomethingElseAnswers() throws Exception {
        Path socket = folder.resolve("xds.sock");
        try (TelemetryLab lab = new TelemetryLab(folder); EnvoyProcess envoy = lab.envoy("envoy")) {
            envoy.awaitReady();
            envoy.awaitReply(url(lab.inbound(), "/ok"), 200, "");
            try (Garbage _ = new Garbage(socket)) {
                Thread.sleep(1500);
                envoy.awaitReply(url(lab.inbound(), "/app"), 200, "fine");
            }
            Counts before;
            try (Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY)) {
                TelemetryLab.awaitPlugin(envoy, sidecar);
                before = Counts.of(envoy);
                ask(lab, 20);
                assertThat(sidecar.terminate()).isZero();
                assertThat(socket).doesNotExist();
            }
            try (Garbage _ = new Garbage(socket)) {
                ask(lab, 20);
                assertThat(EnvoyProcess.get(url(lab.inbound(), "/ok")).orElseThrow().statusCode()).isEqualTo(200);
            }
            try (Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY)) {
                Counts now = Counts.of(envoy);
                assertThat(Counts.of(TelemetryLab.metrics(sidecar)).plus(before)).isEqualTo(now);
            }
        }
    }

    @Test
    void shouldCountFromTheFirstRequestWhereEnvoyWaitsForThePlugin() throws Exception {
        Requests requests = new Requests("127.0.0.1");
        try (TelemetryLab lab = new TelemetryLab(folder, "--wait", "10s"); Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY);
                EnvoyProcess envoy = lab.envoy("envoy")) {
            TelemetryLab.eventually("the first answer", () -> EnvoyProcess.get(url(lab.inbound(), "/ok")).isPresent());
            for (int i = 0; i < 50; i++) {
                requests.get(lab.inbound(), "/ok");
            }
            Counts envoys = Counts.of(envoy);
            assertThat(envoys.inbound()).isGreaterThan(50);
            assertThat(Counts.of(TelemetryLab.metrics(sidecar))).isEqualTo(envoys);
        }
        try (TelemetryLab lab = new TelemetryLab(folder, "--wait", "300ms"); Garbage _ = new Garbage(folder.resolve("xds.sock"));
                EnvoyProcess envoy = lab.envoy("alone")) {
            envoy.awaitReady().awaitReply(url(lab.inbound(), "/app"), 200, "fine");
        }
        assertThat(Cli.run("telemetry", "config", "--wait", "2m").err()).contains("--wait 120s is longer than a minute");
        assertThat(Cli.run("telemetry", "config", "--wait", "1s", "--telemetry", "logger").err())
                .contains("--wait is for --telemetry plugin");
    }

    @Test
    void shouldShowWhatEnvoyRefuses() throws Exception {
        try (TelemetryLab lab = new TelemetryLab(folder); Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY)) {
            try (Stream<Path> files = Files.list(folder)) {
                Files.delete(files.filter(file -> file.toString().endsWith(".so")).findFirst().orElseThrow());
            }
            try (EnvoyProcess envoy = lab.envoy("envoy")) {
                envoy.awaitReady().awaitReply(url(lab.inbound(), "/ok"), 200, "");
                TelemetryLab.eventually("refused", () -> TelemetryLab.status(sidecar).get("rejections").getAsInt() > 0);

                Exposition metrics = TelemetryLab.metrics(sidecar);
                assertThat(metrics.sum("sockway_telemetry_rejections_total")).isPositive();
                assertThat(metrics.sum("sockway_telemetry_rejecting_envoys")).isOne();
                String admin = sidecar.url().replaceAll("http://|/", "");
                String words = folder.getFileName() + " refused what it was sent: ";
                assertThat(Cli.run("telemetry", "top", "--once", "--interval", "100ms", "--admin", admin).out()).contains(words);
                assertThat(Cli.run("status", "--admin", admin, "--pin-dir", "/sys/fs/bpf/sockway-none").out()).contains(words);
                assertThat(Stream.generate(sidecar::nextLine).filter(line -> line.startsWith("rejected by ")).findFirst().orElseThrow())
                        .contains("libsockway_stats_");
                assertThat(sidecar.terminate()).isZero();
                try (Cli.Sidecar second = lab.sidecar("--node-identity", IDENTITY)) {
                    TelemetryLab.awaitPlugin(envoy, second);
                    TelemetryLab.eventually("counted", () -> {
                        EnvoyProcess.get(url(lab.inbound(), "/ok"));
                        return TelemetryLab.metrics(second).sum("istio_requests_total") > 0;
                    });
                }
            }
        }
    }

    @Test
    void shouldGiveNothingToAnEnvoyThatThePluginWasNotTriedWith() throws Exception {
        try (Cli.Sidecar sidecar = new Cli.Sidecar(List.of("telemetry", "serve"), "--telemetry-dir", folder.toString());
                EcdsClient other = new EcdsClient(folder.resolve("xds.sock"), "old-1", 1, 38);
                EcdsClient same = new EcdsClient(folder.resolve("xds.sock"), "new-1", 1, 40)) {
            same.ask("sockway-http-inbound");
            assertThat(same.next().getResources(0).getTypeUrl()).endsWith("TypedExtensionConfig");
            other.ask("sockway-http-inbound");
            assertThat(Stream.generate(sidecar::nextLine).filter(line -> line.contains("old-1")).findFirst())
                    .hasValue("connected old-1 (Envoy 1.38.0): the plugin was not tried with it, so it gets none and is not counted");
            other.requireSilence();

            assertThat(TelemetryLab.metrics(sidecar).sum("sockway_telemetry_unsupported_envoys")).isOne();
            String admin = sidecar.url().replaceAll("http://|/", "");
            assertThat(Cli.run("telemetry", "top", "--once", "--interval", "100ms", "--admin", admin).out())
                    .contains("old-1 is Envoy 1.38.0, which the plugin was not tried with: it gets none and is not counted");
        }
    }

    /** What the queries of Istio's dashboards for meshes, services and workloads (release 1.31) take from metrics. */
    private static final Map<String, Set<String>> DASHBOARDS = dashboards();

    private static Map<String, Set<String>> dashboards() {
        Set<String> all = Set.of("reporter", "source_workload", "source_workload_namespace", "destination_workload",
                "destination_workload_namespace", "destination_service", "connection_security_policy");
        Set<String> buckets = Stream.concat(all.stream(), Stream.of("le")).collect(Collectors.toSet());
        Set<String> requests = Stream.concat(all.stream(), Stream.of("response_code", "destination_principal", "source_cluster",
                "destination_cluster")).collect(Collectors.toSet());
        Set<String> bytes = Stream.concat(all.stream(), Stream.of("source_cluster", "destination_cluster")).collect(Collectors.toSet());
        return Map.of("istio_requests_total", requests, "istio_request_duration_milliseconds_bucket", buckets,
                "istio_request_bytes_bucket", buckets, "istio_response_bytes_bucket", buckets, "istio_tcp_sent_bytes_total", bytes,
                "istio_tcp_received_bytes_total", bytes, "istio_build", Set.of("component", "tag"));
    }

    @Test
    void shouldServeOneValidExpositionWithAllThatIstiosDashboardsAskFor() throws Exception {
        try (TelemetryLab lab = new TelemetryLab(folder); Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY);
                EnvoyProcess envoy = lab.envoy("envoy").awaitReady()) {
            TelemetryLab.awaitPlugin(envoy, sidecar);
            ask(lab, 24);
            long outbound = Counts.of(envoy).outbound();

            Exposition text = TelemetryLab.metrics(sidecar);
            HttpResponse<String> open = TelemetryLab.get(sidecar.url() + "metrics",
                    "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3");
            assertThat(open.headers().firstValue("content-type"))
                    .hasValue("application/openmetrics-text; version=1.0.0; charset=utf-8");
            Exposition openMetrics = Exposition.parse(open.body(), true);
            assertThat(Counts.of(openMetrics)).isEqualTo(Counts.of(text));
            assertThat(TelemetryLab.get(sidecar.url() + "metrics", "*/*", "Accept-Encoding", "gzip").headers()
                    .firstValue("content-encoding")).hasValue("gzip");

            for (Exposition exposition : List.of(text, openMetrics)) {
                DASHBOARDS.forEach((name, labels) -> assertThat(exposition.samples()).as(name)
                        .anySatisfy(sample -> assertThat(sample.name()).isEqualTo(name)).filteredOn(sample -> sample.name().equals(name))
                        .allSatisfy(sample -> assertThat(sample.labels().keySet()).containsAll(labels)));
            }
            JsonObject top = JsonParser.parseString(Cli.run("telemetry", "top", "--once", "--json", "--interval", "100ms", "--admin",
                    sidecar.url().replaceAll("http://|/", "")).out()).getAsJsonObject();
            assertThat(top.getAsJsonArray("rows")).anySatisfy(row -> {
                assertThat(row.getAsJsonObject().get("service").getAsString()).isEqualTo("reviews.apps.svc.cluster.local");
                assertThat(row.getAsJsonObject().get("requests").getAsLong()).isEqualTo(outbound);
            });
        }
    }

    @Test
    void shouldNameTheServiceOfIncomingRequestsAsIstiodTellsEnvoy() throws Exception {
        try (TelemetryLab lab = new TelemetryLab(folder); EnvoyProcess envoy = lab.envoy("envoy").awaitReady();
                Cli.Sidecar sidecar = lab.sidecar("--node-identity", IDENTITY, "--envoy-admin", envoy.adminAddress())) {
            TelemetryLab.awaitPlugin(envoy, sidecar);
            Predicate<Exposition.Sample> named = by("destination").and(sample ->
                    sample.label("destination_service").equals("reviews.apps.svc.cluster.local"));

            TelemetryLab.eventually("the service is known", () -> {
                assertThat(TelemetryLab.get(url(lab.inbound(), "/inbound"), "*/*").statusCode()).isEqualTo(200);
                return TelemetryLab.metrics(sidecar).sum("istio_requests_total", named) > 0;
            });
        }
    }

    @Test
    void shouldNameBothEndsOfMutualTlsBetweenTwoEnvoysWhateverHeadersSay() throws Exception {
        Path front = Files.createDirectory(folder.resolve("front"));
        Path back = Files.createDirectory(folder.resolve("back"));
        Authority authority = new Authority(folder, "mesh");
        String client = "spiffe://cluster.local/ns/web/sa/front";
        String server = "spiffe://cluster.local/ns/apps/sa/reviews";
        Object clientTls = tls("UpstreamTlsContext", authority, authority.issue("front", client));
        Object serverTls = tls("DownstreamTlsContext", authority, authority.issue("reviews", server));
        Path peers = Files.writeString(folder.resolve("peers.yaml"),
                "peers: {127.0.0.9: {workload: reviews-v1, namespace: apps, services: [reviews.apps]}}");
        try (TelemetryLab caller = new TelemetryLab(front); TelemetryLab called = new TelemetryLab(back)) {
            caller.callsOverTls(called, clientTls, serverTls);
            try (Cli.Sidecar atCaller = caller.sidecar("--node-identity", "workload=front-v1,namespace=web", "--telemetry-profile",
                    "istio");
                    Cli.Sidecar atCalled = called.sidecar("--node-identity", IDENTITY, "--telemetry-profile", "istio", "--peers",
                            peers.toString());
                    EnvoyProcess callersEnvoy = caller.envoy("caller").awaitReady();
                    EnvoyProcess calledsEnvoy = called.envoy("called").awaitReady()) {
                TelemetryLab.awaitPlugin(callersEnvoy, atCaller);
                TelemetryLab.awaitPlugin(calledsEnvoy, atCalled);
                assertThat(TelemetryLab.get(url(caller.outbound(), "/ok"), "*/*", "x-forwarded-client-cert",
                        "URI=spiffe://cluster.local/ns/kube-system/sa/admin", "x-forwarded-for", "10.9.9.9", "x-envoy-peer-metadata",
                        "bm9ib2R5", "x-envoy-peer-metadata-id", "sidecar~1.2.3.4~admin.kube-system~x").statusCode()).isEqualTo(200);
                Counts.of(callersEnvoy);
                Counts.of(calledsEnvoy);

                assertThat(ends(atCaller)).containsExactly(List.of("source", client, server, "unknown", "front-v1", "web", "reviews-v1",
                        "apps", "reviews.apps.svc.cluster.local"));
                assertThat(ends(atCalled)).containsExactly(List.of("destination", client, server, "mutual_tls", "unknown", "web",
                        "reviews-v1", "apps", "reviews.apps.svc.cluster.local"));
            }
        }
    }

    private static List<List<String>> ends(Cli.Sidecar sidecar) {
        return TelemetryLab.metrics(sidecar).samples().stream().filter(sample -> sample.name().equals("istio_requests_total"))
                .map(sample -> Stream.of("reporter", "source_principal", "destination_principal", "connection_security_policy",
                        "source_workload", "source_workload_namespace", "destination_workload", "destination_workload_namespace",
                        "destination_service").map(sample::label).toList()).toList();
    }

    private static Object tls(String type, Authority authority, Authority.Identity own) {
        Object common = Map.of("tls_certificates", List.of(Map.of("certificate_chain", Map.of("filename", own.certificate().toString()),
                "private_key", Map.of("filename", own.key().toString()))), "validation_context",
                Map.of("trusted_ca", Map.of("filename", authority.certificate().toString())));
        String name = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3." + type;
        return Map.of("name", "tls", "typed_config", type.startsWith("Down")
                ? Map.of("@type", name, "common_tls_context", common, "require_client_certificate", true)
                : Map.of("@type", name, "common_tls_context", common));
    }

    @Test
    void shouldServeBesideTheAccelerator() {
        Path pins = Path.of("/sys/fs/bpf/sockway-telemetry-" + ProcessHandle.current().pid());
        try (Sandbox pod = new Sandbox()) {
            try (Cli.Sidecar run = new Cli.Sidecar("--pin-dir", pins.toString(), "--cgroup", pod.cgroup().toString(), "--telemetry",
                    "plugin", "--telemetry-dir", folder.toString())) {
                Exposition metrics = TelemetryLab.metrics(run);
                assertThat(metrics.types()).containsEntry("istio_build", "gauge")
                        .containsEntry("sockway_redirected_bytes_total", "counter");
                Exposition.parse(TelemetryLab.get(run.url() + "metrics", "application/openmetrics-text").body(), true);
                String admin = run.url().replaceAll("http://|/", "");
                assertThat(Cli.run("status", "--admin", admin, "--pin-dir", pins.toString()).out())
                        .contains("no Envoy is connected, 0 peers, profile dashboard", "attached    " + pod.cgroup());
                assertThat(run.terminate()).isZero();
                assertThat(folder.resolve("xds.sock")).doesNotExist();
            } finally {
                Cli.run("detach", "--all", "--pin-dir", pins.toString(), "--timeout", "0s");
            }
        }
    }

    @Test
    void shouldLetThoseConnectWhoMayWriteInTheFolder() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (Cli.Sidecar _ = new Cli.Sidecar(List.of("telemetry", "serve"), "--telemetry-dir", folder.toString())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("xds.sock")))).isEqualTo("rw-rw-rw-");
            Cli.Result second = Cli.run("telemetry", "serve", "--telemetry-dir", folder.toString(), "--admin", "127.0.0.1:0");
            assertThat(second.exitCode()).isOne();
            assertThat(second.errorLine()).isEqualTo("sockway: another server listens on unix:" + folder.resolve("xds.sock")
                    + ": end that one first, or choose another path");
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        try (Cli.Sidecar _ = new Cli.Sidecar(List.of("telemetry", "serve"), "--telemetry-dir", folder.toString())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("xds.sock")))).isEqualTo("rw-------");
        }
    }

    @Test
    void shouldNotBeReadyWithoutItsSocket() throws Exception {
        try (Cli.Sidecar sidecar = new Cli.Sidecar(List.of("telemetry", "serve"), "--telemetry-dir", folder.toString())) {
            assertThat(TelemetryLab.get(sidecar.url() + "readyz", "*/*").statusCode()).isEqualTo(200);
            Files.delete(folder.resolve("xds.sock"));
            TelemetryLab.eventually("noticed", () -> TelemetryLab.get(sidecar.url() + "readyz", "*/*").statusCode() == 503);
            assertThat(TelemetryLab.get(sidecar.url() + "readyz", "*/*").body()).startsWith(folder.resolve("xds.sock") + " was removed");
        }
    }

    @Test
    void shouldSayInOneLineWhatIsWrong() throws Exception {
        Path profile = Files.writeString(folder.resolve("profile.yaml"), "metrics: {istio_request_byte: [respons_code]}");
        String file = Files.writeString(folder.resolve("file"), "").toString();
        Map<List<String>, String> wrong = Map.of(
                List.of("--telemetry-dir", file), "--telemetry-dir " + file + " is no folder that this process can write in",
                List.of("--telemetry-profile", "all"), "--telemetry-profile all is neither dashboard nor istio, nor a file",
                List.of("--telemetry-profile", profile.toString()), "unknown metric 'istio_request_byte'; did you mean",
                List.of("--peers", "/nowhere"), "--peers /nowhere is neither 'kubernetes' nor a file that can be read",
                List.of("--peers", "kubernetes"), "--peers kubernetes: this is no pod",
                List.of("--telemetry", "off"), "--telemetry off leaves nothing to serve");
        wrong.forEach((options, words) -> {
            String[] all = Stream.concat(Stream.of("telemetry", "serve", "--admin", "127.0.0.1:0"), Stream.concat(
                    options.contains("--telemetry-dir") ? Stream.of() : Stream.of("--telemetry-dir", folder.resolve("x").toString()),
                    options.stream())).toArray(String[]::new);
            Cli.Result result = Cli.run(all);
            assertThat(result.exitCode()).as(words).isOne();
            assertThat(result.errorLine()).contains(words);
        });
        assertThat(folder.resolve("x")).doesNotExist();
        assertThat(Cli.run("telemetry", "serve", "--node-identity", "workloda=a").err()).contains("'workloda=a' is not KEY=VALUE");
        assertThat(Cli.run("telemetry", "top", "--once", "--admin", "127.0.0.1:1").errorLine())
                .contains("no sidecar answers at http://127.0.0.1:1/");
    }

    @Test
    void shouldGoOnShowingWhenTheSidecarIsBack() throws Exception {
        List<String> serve = List.of("telemetry", "serve");
        Cli.Sidecar first = new Cli.Sidecar(serve, "--telemetry-dir", folder.toString());
        String admin = first.url().replaceAll("http://|/", "");
        Process top = new ProcessBuilder(Cli.command("telemetry", "top", "--interval", "100ms", "--json", "--admin", admin)).start();
        try (BufferedReader figures = top.inputReader(); BufferedReader words = top.errorReader()) {
            assertThat(figures.readLine()).contains("\"rows\":[]");

            first.kill9();
            assertThat(words.readLine()).startsWith("sockway: no sidecar answers at " + first.url()).endsWith(": trying again");
            Thread.sleep(1000);
            try (Cli.Sidecar second = new Cli.Sidecar(serve, "--telemetry-dir", folder.toString(), "--admin", admin)) {
                assertThat(second.url()).isEqualTo(first.url());
                assertThat(words.readLine()).isEqualTo("sockway: the sidecar at " + first.url() + " answers again");
                while (figures.ready()) {
                    figures.readLine();
                }
                assertThat(figures.readLine()).contains("\"rows\":[]");
                assertThat(top.isAlive()).isTrue();
            }
        } finally {
            top.destroyForcibly().waitFor();
            first.close();
        }
    }

    @Test
    void shouldLeaveNothingBehindWhereItCannotStart() throws Exception {
        Path made = folder.resolve("a/b");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Cli.Result result = Cli.run("telemetry", "serve", "--telemetry-dir", made.toString(), "--admin", "127.0.0.1:"
                    + taken.getLocalPort());
            assertThat(result.exitCode()).isOne();
            assertThat(result.errorLine()).contains("127.0.0.1:" + taken.getLocalPort());
            assertThat(result.out()).isEmpty();
        }
        assertThat(folder).isEmptyDirectory();
        Path noCgroup = Files.createDirectory(folder.resolve("no-cgroup"));
        Cli.Result run = Cli.run("run", "--cgroup", noCgroup.toString(), "--telemetry", "plugin", "--telemetry-dir", made.toString(),
                "--pin-dir", "/sys/fs/bpf/sockway-none", "--admin", "127.0.0.1:0");
        assertThat(run.exitCode()).isOne();
        assertThat(run.errorLine()).contains(noCgroup.toString());
        assertThat(folder).isDirectoryContaining(noCgroup::equals).isDirectoryNotContaining(path -> !path.equals(noCgroup));
        Path other = Files.createDirectories(folder.resolve("c/xds.sock")).getParent();
        Cli.Result result = Cli.run("telemetry", "serve", "--telemetry-dir", other.toString(), "--admin", "127.0.0.1:0");
        assertThat(result.errorLine()).isEqualTo("sockway: " + other.resolve("xds.sock") + " is there and no socket: choose another path");
        assertThat(result.out()).isEmpty();
        assertThat(other.toFile().list()).containsExactly("xds.sock");
    }

    @Test
    void shouldLeaveWhatAnEnvoyNeedsAndTakeAwayWhatNoneHasAskedFor() throws Exception {
        Path library = folder.resolve(StatsPlugin.bundled().fileName());
        try (TelemetryLab lab = new TelemetryLab(folder)) {
            try (Cli.Sidecar sidecar = lab.sidecar()) {
                assertThat(library).exists();
                assertThat(sidecar.terminate()).isZero();
                assertThat(folder).isEmptyDirectory();
            }
            try (Cli.Sidecar sidecar = lab.sidecar(); EnvoyProcess envoy = lab.envoy("envoy").awaitReady()) {
                TelemetryLab.awaitPlugin(envoy, sidecar);
                assertThat(sidecar.terminate()).isZero();
                assertThat(library).exists();
                try (Cli.Sidecar unasked = new Cli.Sidecar(List.of("telemetry", "serve"), "--telemetry-dir", folder.toString())) {
                    assertThat(unasked.terminate()).isZero();
                }
                assertThat(library).exists();
            }
        }
    }

    @Test
    void shouldRefuseInAConfigurationWhatServeRefuses() throws Exception {
        String file = Files.writeString(folder.resolve("file"), "").toString();
        Map<List<String>, String> wrong = Map.of(
                List.of("--telemetry-dir", file + "/x"), "--telemetry-dir " + file + "/x is no folder that this process can write in: "
                        + file + " is no folder",
                List.of("--telemetry-dir", "/" + "x".repeat(98)), "with /xds.sock it makes 108 bytes, and the path of a Unix socket has at "
                        + "most 107",
                List.of("--telemetry-profile", "all"), "--telemetry-profile all is neither dashboard nor istio, nor a file",
                List.of("--peers", "/nowhere"), "--peers /nowhere is neither 'kubernetes' nor a file that can be read",
                List.of("--peers", folder.toString()), "--peers " + folder + " is neither 'kubernetes' nor a file that can be read");
        wrong.forEach((options, words) -> {
            Cli.Result result = Cli.run(Stream.concat(Stream.of("telemetry", "config"), options.stream()).toArray(String[]::new));
            assertThat(result.exitCode()).as(words).isNotZero();
            assertThat(result.err().lines().findFirst().orElse("")).startsWith("sockway: ").contains(words);
            assertThat(result.out()).isEmpty();
        });
        assertThat(Cli.run("telemetry", "config", "--telemetry-dir", "/" + "x".repeat(97)).exitCode()).isZero();
        assertThat(Cli.run("telemetry", "config", "--peers", "kubernetes").exitCode()).isZero();
    }

    @Test
    void shouldQuoteWhatKubernetesTakesForABoolean() {
        Cli.Result printed = Cli.run("telemetry", "config", "--selector", "sockway.io/telemetry=on");
        assertThat(printed.out()).contains("sockway.io/telemetry: \"on\"\n");
    }

    @Test
    void shouldEndWhenNobodyReadsTheTableAnyMore() throws Exception {
        try (TelemetryLab lab = new TelemetryLab(folder); Cli.Sidecar sidecar = lab.sidecar()) {
            Process top = new ProcessBuilder(Cli.command("telemetry", "top", "--interval", "100ms", "--admin",
                    sidecar.url().replaceAll("http://|/", ""))).start();
            try (BufferedReader lines = top.inputReader()) {
                assertThat(lines.readLine()).endsWith("every 0.1 s, Ctrl-C ends");
            }
            assertThat(top.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(top.destroyForcibly().exitValue()).isZero();
        }
    }

    @Test
    void shouldTellOfTheLoggersSeries() throws Exception {
        String peers = IntStream.range(0, 500).mapToObj(i -> "10.0.%d.%d: {workload: w%d}".formatted(i / 250, i % 250, i))
                .collect(Collectors.joining(", ", "peers: {", "}"));
        Path file = Files.writeString(folder.resolve("peers.yaml"), peers);
        Cli.Result printed = Cli.run("telemetry", "config", "--telemetry", "logger", "--node-identity", IDENTITY, "--peers",
                file.toString());
        assertThat(printed.exitCode()).isZero();
        assertThat(printed.out()).contains("kind: EnvoyFilter", "envoy.extensions.access_loggers.stats.v3.Config", "reviews-v1");
        assertThat(printed.err()).contains("500 workloads, if each calls and is called: 5,000 counters and 15,000 histograms a listener",
                "Envoy drops silently what exceeds 1,000 and 3,000: --telemetry-max-series ");
        assertThat(Cli.run("telemetry", "config", "--telemetry", "logger", "--node-identity",
                IDENTITY + ",service=reviews.apps.svc.cluster.local").out()).contains("value_format: reviews.apps.svc.cluster.local");
    }
}
