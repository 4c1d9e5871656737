package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.testing.Backends;
import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin in a real Envoy: its counts against Envoy's own. */
@Timeout(120)
class EnvoyStatsTest {
    private static final Workload NODE = new Workload("reviews-v1", "apps", "reviews", "v1", "Kubernetes", "reviews", "1.0");
    private static final Workload PEER = new Workload("productpage-v1", "front", "productpage", "v3", "Kubernetes", "productpage", "3.0");
    private static final String ROUTES = """
            {"match":{"prefix":"/direct"},"direct_response":{"status":200,"body":{"inline_string":"ok"}}},
            {"match":{"prefix":"/404"},"direct_response":{"status":404}},
            {"match":{"prefix":"/dead"},"route":{"cluster":"dead"}},
            {"match":{"prefix":"/broken"},"route":{"cluster":"broken"}},
            {"match":{"prefix":"/slow"},"route":{"cluster":"backend","timeout":"0.1s"}},
            {"match":{"prefix":"/flaky"},"route":{"cluster":"backend","retry_policy":{"retry_on":"5xx","num_retries":1,
            "retry_back_off":{"base_interval":"0.001s"}}}},
            {"match":{"prefix":"/"},"route":{"cluster":"backend"}}""";

    @TempDir
    private Path folder;
    private Path slabs;
    private Path module;
    private Backends backends;
    private SlabReader reader;
    private final int admin = EnvoyProcess.freePort(EnvoyJson.ADDRESS);
    private final int inbound = EnvoyProcess.freePort(EnvoyJson.ADDRESS);
    private final int outbound = EnvoyProcess.freePort(EnvoyJson.ADDRESS);
    private final int tcp = EnvoyProcess.freePort(EnvoyJson.ADDRESS);
    private final Requests requests = new Requests(EnvoyJson.ADDRESS);

    @BeforeEach
    void setUp() throws IOException {
        slabs = folder.resolve("slabs");
        module = StatsPlugin.bundled().installInto(folder);
        backends = new Backends(EnvoyJson.ADDRESS);
        reader = SlabReader.owner(slabs);
    }

    @AfterEach
    void tearDown() throws IOException {
        reader.close();
        backends.close();
    }

    @Test
    void shouldCountExactlyWhatEnvoyCounts() throws Exception {
        String destination = EnvoyJson.httpFilter(module, config(PluginConfig.Reporter.DESTINATION));
        String source = EnvoyJson.httpFilter(module, config(PluginConfig.Reporter.SOURCE));
        String network = EnvoyJson.networkFilter(module, config(PluginConfig.Reporter.DESTINATION));
        List<String> listeners = List.of(
                EnvoyJson.httpListener("in", inbound, destination, ROUTES, ""),
                EnvoyJson.httpListener("out", outbound, source, "{\"match\":{\"prefix\":\"/\"},\"route\":{\"cluster\":\"in\"}}", ""),
                EnvoyJson.tcpListener("tcp", tcp, network, "echo"));
        List<String> clusters = new ArrayList<>(backendClusters());
        clusters.add(EnvoyJson.cluster("in", inbound, "reviews-v1;apps;reviews;v1;Kubernetes", EnvoyJson.http2()));
        clusters.add(EnvoyJson.cluster("echo", backends.echoPort(), "", ""));
        try (EnvoyProcess envoy = start(EnvoyJson.bootstrap(admin, listeners, clusters))) {
            inParallel(4, thread -> {
                Random random = new Random(thread);
                String[] paths = {"/direct", "/direct", "/404", "/dead", "/broken", "/flaky", "/ok", "/ok", "/ok"};
                for (int i = 0; i < 400; i++) {
                    get(random.nextInt(3) == 0 ? outbound : inbound, paths[random.nextInt(paths.length)]);
                    if (i % 50 == 0) {
                        get(inbound, "/slow");
                        requests.send(inbound, "GET / HTTP/1.1\r\nno header\r\n\r\n", true);
                        requests.send(inbound, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n", false);
                        requests.callGrpc(outbound);
                    }
                    if (i % 10 == 0) {
                        requests.echo(tcp, random.nextInt(200_000));
                    }
                }
            });
            envoy.awaitIdle("http.in.downstream_rq_active", "http.out.downstream_rq_active", "tcp.tcp.downstream_cx_active",
                    "listener." + EnvoyJson.ADDRESS + "_" + tcp + ".downstream_cx_active");
            reader.refresh();
            for (Map.Entry<String, String> end : Map.of("in", "destination", "out", "source").entrySet()) {
                String prefix = "http." + end.getKey() + ".downstream_rq_";
                Predicate<Series> here = http(Label.REPORTER, end.getValue());
                assertThat(requests(here)).isEqualTo(envoy.statistic(prefix + "total"));
                assertThat(requests(here.and(one -> !one.label(Label.RESPONSE_CODE).equals("0"))))
                        .isEqualTo(envoy.statistic(prefix + "completed"));
                for (String hundred : List.of("2", "4", "5")) {
                    assertThat(requests(here.and(one -> one.label(Label.RESPONSE_CODE).startsWith(hundred)))).as(hundred + "xx")
                            .isEqualTo(envoy.statistic(prefix + hundred + "xx"));
                }
            }
            Map<String, Long> codes = new TreeMap<>();
            reader.forEach(one -> codes.merge(one.label(Label.RESPONSE_CODE) + " " + one.label(Label.RESPONSE_FLAGS) + " "
                    + one.label(Label.REQUEST_PROTOCOL), one.count(Series.Counter.REQUESTS), Long::sum));
            assertThat(codes).containsKeys("200 - http", "404 - http", "503 UF http", "503 UC http", "504 UT http", "400 DPE http",
                    "0 DC http");
            assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_OPENED)).isEqualTo(envoy.statistic("tcp.tcp.downstream_cx_total"));
            assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_CLOSED)).isEqualTo(envoy.statistic("tcp.tcp.downstream_cx_total"));
            assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_RECEIVED_BYTES))
                    .isEqualTo(envoy.statistic("tcp.tcp.downstream_cx_rx_bytes_total"));
            assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_SENT_BYTES))
                    .isEqualTo(envoy.statistic("tcp.tcp.downstream_cx_tx_bytes_total"));
            // 4 threads made 8 calls each, with 2 messages there and 3 back, seen at both ends.
            assertThat(sum(Series.Kind.MESSAGES, Series.Counter.REQUEST_MESSAGES)).isEqualTo(2 * 4 * 8 * 2);
            assertThat(sum(Series.Kind.MESSAGES, Series.Counter.RESPONSE_MESSAGES)).isEqualTo(2 * 4 * 8 * 3);
            assertThat(requests(http(Label.GRPC_RESPONSE_STATUS, "5"))).isEqualTo(2 * 4 * 8);
            assertThat(requests(one -> one.kind() == Series.Kind.OVERFLOW)).isZero();
            assertThat(reader.status().slabs()).isOne();
        }
    }

    private static String faulty(String prefix, String fault, String route) {
        return "{\"match\":{\"prefix\":\"%s\"},\"typed_per_filter_config\":{\"fault\":%s},\"route\":{%s}},".formatted(prefix,
                EnvoyJson.typedConfig("fault.v3.HTTPFault", fault), route);
    }

    @Test
    void shouldShowCodesAndFlagsAsEnvoysAccessLogDoes() throws Exception {
        Path log = folder.resolve("access.log");
        String always = "\"percentage\":{\"numerator\":100}}";
        String delay = ",\"delay\":{\"fixed_delay\":\"0.05s\"," + always;
        String abort = ",\"abort\":{\"http_status\":418," + always;
        String again = "\"retry_policy\":{\"retry_on\":\"connect-failure,reset,5xx\",\"num_retries\":1";
        String routes = faulty("/delayed-dead-again", delay, "\"cluster\":\"dead\"," + again + "}")
                + faulty("/delayed-dead", delay, "\"cluster\":\"dead\"")
                + faulty("/delayed-abort", delay + abort, "\"cluster\":\"backend\"")
                + faulty("/delayed", delay, "\"cluster\":\"backend\"") + faulty("/abort", abort, "\"cluster\":\"backend\"")
                + faulty("/dead-again", "", "\"cluster\":\"dead\"," + again + "}")
                + faulty("/broken-again", "", "\"cluster\":\"broken\"," + again + "}")
                + faulty("/slow-again", "", "\"cluster\":\"backend\"," + again + ",\"per_try_timeout\":\"0.1s\"}")
                + "{\"match\":{\"connect_matcher\":{}},\"typed_per_filter_config\":{\"buffer\":" + EnvoyJson.typedConfig(
                        "buffer.v3.BufferPerRoute", ",\"disabled\":true") + "},\"route\":{\"cluster\":\"echo\","
                + "\"upgrade_configs\":[{\"upgrade_type\":\"CONNECT\",\"connect_config\":{}}]}}," + ROUTES;
        String filters = String.join(",", EnvoyJson.httpFilter(module, config(PluginConfig.Reporter.DESTINATION)),
                EnvoyJson.httpFilter("fault", "fault.v3.HTTPFault", ""),
                EnvoyJson.httpFilter("buffer", "buffer.v3.Buffer", ",\"max_request_bytes\":1000"));
        List<String> clusters = new ArrayList<>(backendClusters());
        clusters.add(EnvoyJson.cluster("echo", backends.echoPort(), "", ""));
        String bootstrap = EnvoyJson.bootstrap(admin, List.of(EnvoyJson.httpListener("in", inbound, filters, routes, "",
                EnvoyJson.accessLog(log, "%RESPONSE_CODE% %RESPONSE_FLAGS%") + "\"request_timeout\":\"0.3s\","
                + "\"upgrade_configs\":[{\"upgrade_type\":\"CONNECT\"}],")), clusters);
        try (EnvoyProcess envoy = EnvoyProcess.start(folder, "envoy", bootstrap, EnvoyJson.ADDRESS + ":" + admin,
                List.of("--concurrency", "1", "--log-level", "error", "--file-flush-interval-msec", "50")).awaitReady()) {
            List<String> paths = List.of("/direct", "/404", "/dead", "/broken", "/slow", "/flaky", "/ok", "/dead-again", "/broken-again",
                    "/slow-again", "/delayed", "/delayed-dead", "/delayed-dead-again", "/abort", "/delayed-abort");
            for (String path : paths) {
                get(inbound, path);
            }
            List<String> odd = List.of(
                    "POST /ok HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n" + "x".repeat(5000),
                    "POST /ok HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n" + "x".repeat(2000),
                    "POST /ok HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\nbody",
                    "POST /ok HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\nno more",
                    "POST /ok HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
                    "POST /ok HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
                    "GET /ok HTTP/1.1\r\nhost: a\r\nx: " + "x".repeat(70_000) + "\r\n\r\n",
                    "GET /ok HTTP/1.1\r\n\r\n", "GET /ok HTTP/1.1\r\nno header\r\n\r\n", "no request\r\n\r\n",
                    "GET /ok HTTP/1.0\r\nhost: a\r\n\r\n", "HEAD /direct HTTP/1.1\r\nhost: a\r\n\r\n",
                    "GET /direct HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
                    "CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n");
            for (String text : odd) {
                requests.send(inbound, text, true);
            }
            requests.send(inbound, "GET /delayed HTTP/1.1\r\nhost: a\r\n\r\n", false);
            envoy.awaitIdle("http.in.downstream_rq_active");
            int asked = paths.size() + odd.size() + 1;
            envoy.await("logged", () -> lines(log).size() == asked);
            reader.refresh();
            List<String> seen = new ArrayList<>();
            reader.forEach(one -> seen.addAll(Collections.nCopies((int) one.count(Series.Counter.REQUESTS),
                    one.label(Label.RESPONSE_CODE) + " " + one.label(Label.RESPONSE_FLAGS))));
            assertThat(seen).containsExactlyInAnyOrderElementsOf(lines(log)).contains("413 -", "408 -", "431 DPE", "426 DPE", "400 DPE",
                    "501 DPE", "403 -", "200 DC", "0 DI,DC", "504 URX,UT", "503 URX,UF", "503 URX,UC", "503 DI,URX,UF", "418 DI,FI");
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldNameBothEndsOfPlainTraffic() throws Exception {
        try (EnvoyProcess envoy = start(config(PluginConfig.Reporter.DESTINATION))) {
            get(inbound, "/direct");
            get(inbound, "/ok");
            envoy.awaitIdle("http.in.downstream_rq_active");
            reader.refresh();
            List<Map<Label, String>> labels = new ArrayList<>();
            reader.forEach(series -> {
                Map<Label, String> of = new TreeMap<>();
                Stream.of(Label.values()).forEach(label -> of.put(label, series.label(label)));
                labels.add(of);
            });
            assertThat(labels).allSatisfy(of -> assertThat(of)
                    .containsEntry(Label.SOURCE_WORKLOAD, "productpage-v1").containsEntry(Label.SOURCE_WORKLOAD_NAMESPACE, "front")
                    .containsEntry(Label.SOURCE_APP, "productpage").containsEntry(Label.SOURCE_VERSION, "3.0")
                    .containsEntry(Label.SOURCE_CANONICAL_REVISION, "v3").containsEntry(Label.SOURCE_PRINCIPAL, "unknown")
                    .containsEntry(Label.DESTINATION_WORKLOAD, "reviews-v1").containsEntry(Label.DESTINATION_CLUSTER, "Kubernetes")
                    .containsEntry(Label.DESTINATION_SERVICE_NAMESPACE, "apps").containsEntry(Label.CONNECTION_SECURITY_POLICY, "none")
                    .containsEntry(Label.REQUEST_PROTOCOL, "http").containsEntry(Label.GRPC_RESPONSE_STATUS, ""));
            assertThat(labels).extracting(of -> of.get(Label.DESTINATION_SERVICE)).containsExactlyInAnyOrder("reviews", "backend.apps.svc");
        }
    }

    @Test
    void shouldNameBothEndsOfMutualTlsWhateverHeadersSay() throws Exception {
        SpiffeCertificate front = SpiffeCertificate.make(folder, "front", "spiffe://cluster.local/ns/real-front/sa/page");
        SpiffeCertificate back = SpiffeCertificate.make(folder, "back", "spiffe://cluster.local/ns/real-back/sa/reviews");
        Path trusted = Files.writeString(folder.resolve("trusted.crt"),
                Files.readString(front.certificate()) + Files.readString(back.certificate()));
        List<String> listeners = List.of(
                EnvoyJson.httpListener("in", inbound, EnvoyJson.httpFilter(module, config(PluginConfig.Reporter.DESTINATION)), ROUTES,
                        EnvoyJson.serverTls(back, trusted)),
                EnvoyJson.httpListener("out", outbound, EnvoyJson.httpFilter(module, config(PluginConfig.Reporter.SOURCE)),
                        "{\"match\":{\"prefix\":\"/\"},\"route\":{\"cluster\":\"outbound|80||reviews.apps.svc.cluster.local\"}}", ""));
        List<String> clusters = new ArrayList<>(backendClusters());
        clusters.add(EnvoyJson.cluster("outbound|80||reviews.apps.svc.cluster.local", inbound, "reviews-v1;lied;reviews;v1;c",
                EnvoyJson.clientTls(front, trusted)));
        try (EnvoyProcess envoy = start(EnvoyJson.bootstrap(admin, listeners, clusters))) {
            assertThat(requests.get(outbound, "/direct", "x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/kube-system/sa/admin",
                    "x-forwarded-for", "10.9.9.9", "x-envoy-peer-metadata", "bm9ib2R5")).isEqualTo(200);
            envoy.awaitIdle("http.in.downstream_rq_active", "http.out.downstream_rq_active");
            reader.refresh();
            List<List<String>> seen = new ArrayList<>();
            reader.forEach(one -> seen.add(List.of(one.label(Label.REPORTER), one.label(Label.SOURCE_PRINCIPAL),
                    one.label(Label.DESTINATION_PRINCIPAL), one.label(Label.CONNECTION_SECURITY_POLICY),
                    one.label(Label.SOURCE_WORKLOAD_NAMESPACE), one.label(Label.DESTINATION_WORKLOAD_NAMESPACE),
                    one.label(Label.DESTINATION_SERVICE), one.label(Label.DESTINATION_SERVICE_NAME))));
            String source = "spiffe://cluster.local/ns/real-front/sa/page";
            String destination = "spiffe://cluster.local/ns/real-back/sa/reviews";
            assertThat(seen).containsExactlyInAnyOrder(
                    List.of("source", source, destination, "unknown", "apps", "real-back", "reviews.apps.svc.cluster.local", "reviews"),
                    List.of("destination", source, destination, "mutual_tls", "real-front", "apps", "reviews", "reviews"));
        }
    }

    @Test
    void shouldNameBothEndsWhoseNamesAreAsLongAsKubernetesLetsThemBe() throws Exception {
        String domain = String.join(".", "d".repeat(63), "e".repeat(63), "f".repeat(63));
        List<String> ids = List.of("spiffe://" + domain + "/ns/" + "m".repeat(63) + "/sa/" + "a".repeat(253),
                "spiffe://" + domain + "/ns/" + "n".repeat(63) + "/sa/" + "b".repeat(253));
        SpiffeCertificate front = SpiffeCertificate.make(folder, "front", ids.get(0));
        SpiffeCertificate back = SpiffeCertificate.make(folder, "back", ids.get(1));
        Path trusted = Files.writeString(folder.resolve("trusted.crt"),
                Files.readString(front.certificate()) + Files.readString(back.certificate()));
        Workload client = longNames('m');
        Workload server = longNames('n');
        String host = "s".repeat(63) + "." + "n".repeat(63) + ".svc.cluster." + "l".repeat(63);
        PluginConfig.Builder source = PluginConfig.builder(slabs, PluginConfig.Reporter.SOURCE, client).profile(LabelProfile.ISTIO)
                .peer(EnvoyJson.ADDRESS, server);
        PluginConfig.Builder destination = PluginConfig.builder(slabs, PluginConfig.Reporter.DESTINATION, server)
                .profile(LabelProfile.ISTIO).peer("127.0.0.1", client).peer(EnvoyJson.ADDRESS, client);
        List<String> listeners = List.of(
                EnvoyJson.httpListener("in", inbound, EnvoyJson.httpFilter(module, destination.build()), ROUTES,
                        EnvoyJson.serverTls(back, trusted)),
                EnvoyJson.httpListener("out", outbound, EnvoyJson.httpFilter(module, source.build()),
                        "{\"match\":{\"prefix\":\"/\"},\"route\":{\"cluster\":\"outbound|80||" + host + "\"}}", ""));
        List<String> clusters = new ArrayList<>(backendClusters());
        clusters.add(EnvoyJson.cluster("outbound|80||" + host, inbound, "", EnvoyJson.clientTls(front, trusted)));
        try (EnvoyProcess envoy = start(EnvoyJson.bootstrap(admin, listeners, clusters))) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(outbound, "/direct")).isEqualTo(200);
            }
            envoy.awaitIdle("http.in.downstream_rq_active", "http.out.downstream_rq_active");
            reader.refresh();
            assertThat(reader.status()).matches(status -> status.overflows() == 0);
            for (String reporter : List.of("source", "destination")) {
                List<String> texts = List.of(client.name(), client.namespace(), ids.get(0), client.app(), client.version(),
                        client.canonicalService(), client.canonicalRevision(), client.cluster(),
                        server.name(), server.namespace(), ids.get(1), server.app(), server.version(),
                        server.canonicalService(), server.canonicalRevision(), server.cluster());
                assertThat(requests(one -> one.label(Label.REPORTER).equals(reporter)
                        && IntStream.range(0, texts.size()).allMatch(i -> one.label(Label.values()[1 + i]).equals(texts.get(i)))))
                        .as(reporter).isEqualTo(20);
            }
            assertThat(requests(http(Label.DESTINATION_SERVICE, host))).isEqualTo(20);
        }
    }

    /** As long as names of Deployments and namespaces, and values of labels, may be. */
    private static Workload longNames(char letter) {
        String label = String.valueOf(letter).repeat(63);
        return new Workload(String.valueOf(letter).repeat(253), label, label, label, label, label, label);
    }

    @Test
    void shouldCountTheBytesOfAConnectionWhileItIsOpen() throws Exception {
        String cluster = "outbound|9000||db.apps.svc.cluster.local";
        String dead = "outbound|9001||gone.apps.svc.cluster.local";
        int refused = EnvoyProcess.freePort(EnvoyJson.ADDRESS);
        String filter = EnvoyJson.networkFilter(module, config(PluginConfig.Reporter.SOURCE));
        List<String> listeners = List.of(EnvoyJson.tcpListener("tcp", tcp, filter, cluster),
                EnvoyJson.tcpListener("refused", refused, filter, dead));
        List<String> clusters = List.of(EnvoyJson.cluster(cluster, backends.echoPort(), "", ""),
                EnvoyJson.cluster(dead, EnvoyProcess.freePort(EnvoyJson.ADDRESS), "", ""));
        try (EnvoyProcess envoy = start(EnvoyJson.bootstrap(admin, listeners, clusters))) {
            try (Socket socket = new Socket(EnvoyJson.ADDRESS, tcp)) {
                for (int i = 1; i <= 3; i++) {
                    socket.getOutputStream().write(new byte[1000]);
                    assertThat(socket.getInputStream().readNBytes(1000)).hasSize(1000);
                    reader.refresh();
                    assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_OPENED)).isOne();
                    assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_RECEIVED_BYTES)).isEqualTo(1000 * i);
                    assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_SENT_BYTES)).isEqualTo(1000 * i);
                    assertThat(sum(Series.Kind.TCP, Series.Counter.TCP_CLOSED)).isZero();
                }
            }
            try (Socket socket = new Socket(EnvoyJson.ADDRESS, refused)) {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
            envoy.awaitIdle("listener." + EnvoyJson.ADDRESS + "_" + tcp + ".downstream_cx_active",
                    "listener." + EnvoyJson.ADDRESS + "_" + refused + ".downstream_cx_active");
            reader.refresh();
            List<String> seen = new ArrayList<>();
            reader.forEach(one -> seen.add(one.label(Label.DESTINATION_WORKLOAD) + " " + one.label(Label.DESTINATION_SERVICE_NAME) + " "
                    + one.label(Label.RESPONSE_FLAGS) + " " + one.label(Label.REQUEST_PROTOCOL) + " "
                    + one.count(Series.Counter.TCP_OPENED) + " " + one.count(Series.Counter.TCP_CLOSED)));
            assertThat(seen).containsExactlyInAnyOrder("productpage-v1 db - tcp 1 1", "productpage-v1 gone UF,URX tcp 1 1");
        }
    }

    @Test
    void shouldMakeNoSlabWhenEnvoyOnlyChecksItsConfiguration() throws Exception {
        assertThat(EnvoyProcess.validate(folder, bootstrap(config(PluginConfig.Reporter.SOURCE)))).endsWith("OK\n");
        assertThat(slabs).doesNotExist();
        Path elsewhere = Files.createFile(folder.resolve("file"));
        PluginConfig bad = PluginConfig.builder(elsewhere, PluginConfig.Reporter.SOURCE, NODE).build();
        assertThat(EnvoyProcess.validate(folder, bootstrap(bad).replace("\"node\":\"reviews", "\"nod\":\"reviews")))
                .contains("sockway stats (http): configuration refused: unknown key, at byte ");
    }

    @Test
    void shouldLoseNothingAndBreakNothingWhileItsConfigurationChanges() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("ecds"));
        publish(watched, "0", config(PluginConfig.Reporter.DESTINATION).json());
        String listener = EnvoyJson.httpListener("in", inbound, EnvoyJson.discoveredHttpFilter(watched), ROUTES, "");
        String bootstrap = EnvoyJson.bootstrap(admin, List.of(listener), backendClusters());
        try (EnvoyProcess envoy = start(bootstrap)) {
            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger others = new AtomicInteger();
            Thread changes = Thread.startVirtualThread(() -> {
                for (int i = 1; i <= 20 && envoy.isAlive(); i++) {
                    // Every fifth asks for other caps, and with that for a slab of its own.
                    publish(watched, Integer.toString(i), PluginConfig.builder(slabs, PluginConfig.Reporter.DESTINATION, NODE)
                            .peer("127.0.0.1", new Workload("peer-" + i, "ns", "", "", "", "", "")).maxSeries(i % 5 == 0 ? 200 : 100)
                            .build().json());
                    Requests.pause(100);
                }
                done.set(true);
            });
            inParallel(2, thread -> {
                while (!done.get()) {
                    others.addAndGet(get(inbound, "/direct") == 200 ? 0 : 1);
                    if (thread == 0) {
                        reader.refresh();
                    }
                }
            });
            changes.join();
            String ecds = "extension_config_discovery.http_filter.sockway.";
            publish(watched, "bad", "{\"folder\":\"/nowhere\"}");
            envoy.await("refused", () -> envoy.log().contains("configuration refused: folder, reporter"));
            assertThat(get(inbound, "/direct")).isEqualTo(200);
            envoy.awaitIdle("http.in.downstream_rq_active");
            reader.refresh();
            assertThat(others).hasValue(0);
            assertThat(envoy.statistic(ecds + "config_reload")).isGreaterThanOrEqualTo(15);
            assertThat(requests(one -> true)).isEqualTo(envoy.statistic("http.in.downstream_rq_total")).isGreaterThan(100);
            assertThat(reader.status().problems()).isEmpty();
            assertThat(envoy.statistic("http.in.downstream_cx_drain_close")).isZero();
        }
    }

    @Test
    void shouldKeepCountingWhenEnvoyIsKilledAndComesBack() throws Exception {
        long total = 0;
        for (int round = 0; round < 3; round++) {
            try (EnvoyProcess envoy = start(config(PluginConfig.Reporter.DESTINATION))) {
                for (int i = 0; i < 50; i++) {
                    get(inbound, "/direct");
                }
                envoy.awaitIdle("http.in.downstream_rq_active");
                total += envoy.statistic("http.in.downstream_rq_total");
                if (round == 1) {
                    envoy.kill();
                }
            }
            reader.refresh();
            assertThat(requests(one -> true)).isEqualTo(total);
        }
        reader.refresh();
        assertThat(reader.status().slabs()).isZero();
        try (Stream<Path> left = Files.list(slabs)) {
            assertThat(left.filter(file -> file.toString().endsWith(SlabLayout.SUFFIX))).isEmpty();
        }
    }

    @Test
    void shouldCountOldAndNewEnvoyDuringAHotRestart() throws Exception {
        String bootstrap = bootstrap(config(PluginConfig.Reporter.DESTINATION));
        int base = 30_000 + admin % 10_000;
        String[] shared = {"--base-id", Integer.toString(base), "--restart-epoch"};
        try (EnvoyProcess old = start(bootstrap, shared[0], shared[1], shared[2], "0")) {
            for (int i = 0; i < 20; i++) {
                get(inbound, "/direct");
            }
            reader.refresh();
            assertThat(requests(one -> true)).isEqualTo(20);
            try (EnvoyProcess fresh = start(bootstrap, shared[0], shared[1], shared[2], "1")) {
                for (int i = 0; i < 30; i++) {
                    get(inbound, "/direct");
                }
                fresh.await("alone", () -> !old.isAlive());
                get(inbound, "/direct");
                fresh.awaitIdle("http.in.downstream_rq_active");
                reader.refresh();
                assertThat(requests(one -> true)).isEqualTo(51);
                assertThat(reader.status().slabs()).isOne();
            }
        } finally {
            // Envoy leaves what it shares for a hot restart.
            Files.deleteIfExists(Path.of("/dev/shm/envoy_shared_memory_" + 10 * base));
        }
    }

    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void inParallel(int threads, Work work) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                all.add(executor.submit(() -> {
                    work.run(thread);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private PluginConfig config(PluginConfig.Reporter reporter) {
        return PluginConfig.builder(slabs, reporter, NODE).profile(LabelProfile.ISTIO).peer("127.0.0.1", PEER)
                .peer(EnvoyJson.ADDRESS, PEER).maxSeries(100)
                .service("backend", new PluginConfig.Service("backend.apps.svc", "backend")).build();
    }

    private List<String> backendClusters() {
        return List.of(EnvoyJson.cluster("backend", backends.httpPort(), "", ""),
                EnvoyJson.cluster("broken", backends.brokenPort(), "", ""),
                EnvoyJson.cluster("dead", EnvoyProcess.freePort(EnvoyJson.ADDRESS), "", ""));
    }

    private String bootstrap(PluginConfig config) {
        String listener = EnvoyJson.httpListener("in", inbound, EnvoyJson.httpFilter(module, config), ROUTES, "");
        return EnvoyJson.bootstrap(admin, List.of(listener), backendClusters());
    }

    private EnvoyProcess start(PluginConfig config) {
        return start(bootstrap(config));
    }

    private EnvoyProcess start(String bootstrap, String... restart) {
        return EnvoyProcess.start(folder, "envoy" + String.join("", restart), bootstrap, EnvoyJson.ADDRESS + ":" + admin,
                List.of("--concurrency", "2", "--log-level", "info", "--drain-time-s", "1", "--parent-shutdown-time-s", "3"), restart)
                .awaitReady();
    }

    private void publish(Path watched, String version, String config) {
        try {
            Path part = Files.writeString(folder.resolve("ecds.part"), EnvoyJson.discovered(version, module, config));
            Files.move(part, watched.resolve("ecds.json"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private int get(int port, String path) throws IOException, InterruptedException {
        return requests.get(port, path);
    }

    private static Predicate<Series> http(Label label, String value) {
        return series -> series.kind() == Series.Kind.HTTP && series.label(label).equals(value);
    }

    private long requests(Predicate<Series> which) {
        long[] sum = new long[1];
        reader.forEach(series -> sum[0] += which.test(series) ? series.count(Series.Counter.REQUESTS) : 0);
        return sum[0];
    }

    private long sum(Series.Kind kind, Series.Counter counter) {
        long[] sum = new long[1];
        reader.forEach(series -> sum[0] += series.kind() == kind ? series.count(counter) : 0);
        return sum[0];
    }
}
