package io.sockway.bench.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.mixer.Collector;
import io.sockway.xds.peers.PeerTable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The baselines in a real Envoy: mixer's rebuilt client with either encoder, and gRPC access logs. Needs root. */
class CollectedTelemetryTest {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final int BATCH = 100;
    private static final int CONNECTIONS = 20;
    private static final String FAILED = "dynamicmodulescustom.mixer_calls_failed";

    private final Lab lab = Lab.open();
    private final AtomicReference<Map<String, String>> seenByApp = new AtomicReference<>();
    private HttpServer app;

    @BeforeEach
    void startApp() throws IOException {
        app = HttpServer.create(new InetSocketAddress(EnvoyOnLoopback.ADDRESS, 0), 0);
        app.createContext("/", exchange -> {
            Map<String, String> headers = new TreeMap<>();
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
            seenByApp.set(headers);
            int length = (int) exchange.getRequestBody().transferTo(OutputStream.nullOutputStream()) + 7;
            exchange.getResponseHeaders().set("x-app", "seven and more");
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().startsWith("/dead") ? 503 : 200, length);
            exchange.getResponseBody().write(new byte[length]);
            exchange.close();
        });
        app.start();
    }

    @AfterEach
    void stop() {
        app.stop(0);
        lab.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"MIXER", "MIXER_LEAN"})
    @SuppressWarnings("unchecked")
    void shouldReportExactlyWhatTheRequestWas(Telemetry telemetry) throws Exception {
        try (RecordingMixer mixer = new RecordingMixer()) {
            EnvoyOnLoopback envoy = start(telemetry, mixer.port());
            RawHttp.Answer answer;
            try (RawHttp client = envoy.connect()) {
                client.send("POST /app/shelf?a=b&empty&c=d%20e HTTP/1.1\r\nhost: books.demo\r\nuser-agent: reader/1.0\r\n"
                        + "referer: http://library/\r\nx-note: twice \"quoted\"\r\n"
                        + "x-b3-traceid: 463ac35c9f6413ad48485a3953bb6124\r\ncontent-length: 5\r\n\r\nhello");
                answer = client.read();
            }
            Await.until(() -> mixer.entries() == 1, LIMIT, () -> "no report came");

            Map<String, Object> entry = mixer.reports().getFirst().entries().getFirst();
            Map<String, String> requestHeaders = new TreeMap<>((Map<String, String>) entry.get("request.headers"));
            Map<String, String> sent = new TreeMap<>(seenByApp.get());
            sent.remove("host");
            assertThat(requestHeaders).contains(Map.entry(":method", "POST"), Map.entry(":authority", "books.demo"),
                    Map.entry(":path", "/app/shelf?a=b&empty&c=d%20e"), Map.entry(":scheme", "http"),
                    Map.entry("x-note", "twice \"quoted\""));
            requestHeaders.keySet().removeIf(name -> name.startsWith(":"));
            assertThat(requestHeaders).isEqualTo(sent);
            Map<String, String> responseHeaders = new TreeMap<>(answer.headers());
            responseHeaders.put(":status", "200");
            assertThat((Map<String, String>) entry.get("response.headers")).isEqualTo(responseHeaders);

            assertThat((Map<String, String>) entry.get("request.query_params")).isEqualTo(Map.of("a", "b", "empty", "", "c", "d%20e"));
            assertThat(entry).containsEntry("request.host", "books.demo").containsEntry("request.method", "POST")
                    .containsEntry("request.path", "/app/shelf?a=b&empty&c=d%20e").containsEntry("request.url_path", "/app/shelf")
                    .containsEntry("request.scheme", "http").containsEntry("request.useragent", "reader/1.0")
                    .containsEntry("request.referer", "http://library/").containsEntry("request.size", 5L)
                    .containsEntry("response.size", 12L).containsEntry("response.code", 200L).containsEntry("context.protocol", "http")
                    .containsEntry("context.proxy_error_code", "-").containsEntry("connection.mtls", false)
                    .containsEntry("context.reporter.kind", "inbound").containsEntry("destination.uid", "kubernetes://web-v1.demo")
                    .containsEntry("source.uid", "kubernetes://client-v1.demo")
                    .containsEntry("destination.port", (long) app.getAddress().getPort());
            assertThat((long) entry.get("request.total_size")).isGreaterThan(100);
            assertThat((long) entry.get("response.total_size")).isGreaterThan(50);
            long now = System.currentTimeMillis() * 1_000_000;
            assertThat((long) entry.get("request.time")).isBetween(now - LIMIT.toNanos(), now);
            assertThat((long) entry.get("response.time")).isBetween((long) entry.get("request.time"), now);
            assertThat((long) entry.get("response.duration")).isBetween(1L, LIMIT.toNanos());
            assertThat(entry).containsKeys("origin.ip", "destination.ip").hasSize(34);
        }
    }

    /** However slowly requests come on a busy machine: a report that is not full has waited for a second. */
    @ParameterizedTest
    @EnumSource(names = {"MIXER", "MIXER_LEAN"})
    void shouldSendFullBatchesAtOnceAndOthersAfterASecond(Telemetry telemetry) throws Exception {
        try (RecordingMixer mixer = new RecordingMixer()) {
            EnvoyOnLoopback envoy = start(telemetry, mixer.port());
            int sent = 0;
            try (RawHttp client = envoy.connect()) {
                while (mixer.reports().stream().noneMatch(report -> report.entries().size() == BATCH) && sent < 100 * BATCH) {
                    client.get(Collections.nCopies(BATCH, "/direct").toArray(String[]::new));
                    sent += BATCH;
                }
                client.get(Collections.nCopies(BATCH / 2, "/direct").toArray(String[]::new));
                sent += BATCH / 2;
            }
            int all = sent;
            Await.until(() -> mixer.entries() == all, LIMIT, () -> "%d of %d entries came".formatted(mixer.entries(), all));

            assertThat(mixer.reports()).allMatch(report -> report.entries().size() <= BATCH)
                    .anyMatch(report -> report.entries().size() == BATCH).anyMatch(report -> report.entries().size() < BATCH);
            assertThat(mixer.reports()).filteredOn(report -> report.entries().size() < BATCH).allSatisfy(report ->
                    assertThat(report.arrivedNanos() - (long) report.entries().getFirst().get("response.time"))
                            .isGreaterThan(950_000_000L));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MIXER", "MIXER_LEAN", "ACCESS_LOGS"})
    void shouldCountEveryRequestOnce(Telemetry telemetry) throws Exception {
        try (Collector collector = collector()) {
            EnvoyOnLoopback envoy = start(telemetry, collector.port());
            Map<String, Long> answered = new TreeMap<>();
            Random random = new Random(5);
            String[] paths = {"/direct", "/missing", "/app/x?y=1", "/dead", "/nowhere"};
            try (RawHttp first = envoy.connect(); RawHttp second = envoy.connect()) {
                for (int i = 0; i < 60; i++) {
                    String[] some = random.ints(1 + random.nextInt(40), 0, paths.length).mapToObj(path -> paths[path])
                            .toArray(String[]::new);
                    (i % 2 == 0 ? first : second).get(some)
                            .forEach((status, count) -> answered.merge(status.toString(), (long) count, Long::sum));
                }
            }
            long all = answered.values().stream().mapToLong(Long::longValue).sum();
            Await.until(() -> counted(collector) >= all, LIMIT, () -> "only %d of %d came".formatted(counted(collector), all));

            assertThat(collector.metrics().requestsByCode()).isEqualTo(answered).containsOnlyKeys("200", "404", "503");
            assertThat(envoy.requests()).isEqualTo(all);
            assertThat(collector.batches()).isGreaterThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MIXER", "MIXER_LEAN", "ACCESS_LOGS"})
    void shouldServeAndKeepItsSizeWithoutACollector(Telemetry telemetry) throws Exception {
        EnvoyOnLoopback envoy = start(telemetry, EnvoyOnLoopback.freePort());
        assertServed(envoy, 10_000);
        long before = envoy.residentKib();
        assertServed(envoy, 20_000);
        assertThat(envoy.residentKib() - before).as("growth in KiB over 20,000 requests").isLessThan(8 * 1024);
        if (telemetry != Telemetry.ACCESS_LOGS) {
            Await.until(() -> envoy.statistic(FAILED) >= 300, LIMIT, () -> "failed calls are not counted");
        }
    }

    /** The collector may come later, and go: from then on everything is counted, or told as failed. */
    @Test
    void shouldFindACollectorThatComesLater() throws Exception {
        int port = EnvoyOnLoopback.freePort();
        EnvoyOnLoopback envoy = start(Telemetry.MIXER, port);
        assertServed(envoy, 2 * BATCH);
        Await.until(() -> envoy.statistic(FAILED) == 2, LIMIT, () -> "no call has failed");
        try (RawHttp client = envoy.connect()) {
            try (Collector collector = Collector.start(new InetSocketAddress(EnvoyOnLoopback.ADDRESS, port),
                    new InetSocketAddress(EnvoyOnLoopback.ADDRESS, 0), PeerTable.EMPTY)) {
                Await.until(() -> {
                    get(client);
                    return counted(collector) > 0;
                }, LIMIT, () -> "the collector gets nothing");
            }
        }
        assertServed(envoy, 2 * BATCH);
        envoy.process().requireAlive();
    }

    @Test
    void shouldBoundWhatACollectorThatHangsCosts() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 50, InetAddress.getByName(EnvoyOnLoopback.ADDRESS))) {
            EnvoyOnLoopback envoy = start(Telemetry.MIXER, deaf.getLocalPort());
            long before = envoy.residentKib();
            assertServed(envoy, 40_000);
            assertThat(envoy.statistic("dynamicmodulescustom.mixer_entries_dropped")).isPositive();
            assertThat(envoy.residentKib() - before).as("growth in KiB over 40,000 requests").isLessThan(40 * 1024);
            envoy.process().close();
            assertThat(envoy.process().output()).as("it ends well with reports under way").doesNotContain("Segmentation", "Caught");
        }
    }

    private EnvoyOnLoopback start(Telemetry telemetry, int collectorPort) throws IOException {
        return new EnvoyOnLoopback(lab, telemetry, collectorPort, app.getAddress().getPort());
    }

    private static Collector collector() throws IOException {
        return Collector.start(new InetSocketAddress(EnvoyOnLoopback.ADDRESS, 0), new InetSocketAddress(EnvoyOnLoopback.ADDRESS, 0),
                PeerTable.EMPTY);
    }

    private static long counted(Collector collector) {
        return collector.metrics().requestsByCode().values().stream().mapToLong(Long::longValue).sum();
    }

    private static void get(RawHttp client) {
        try {
            client.get("/direct");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends so many requests by several connections at a time; every one is answered well. */
    private static void assertServed(EnvoyOnLoopback envoy, int requests) throws IOException {
        List<RawHttp> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            clients.add(envoy.connect());
        }
        for (int sent = 0; sent < requests; sent += CONNECTIONS) {
            for (RawHttp client : clients) {
                client.ask("/direct");
            }
            for (RawHttp client : clients) {
                assertThat(client.read().status()).isEqualTo(200);
            }
        }
        for (RawHttp client : clients) {
            client.close();
        }
    }
}
