package io.sockway.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sockway.xds.transport.Causes;
import io.sockway.xds.transport.Loops;
import io.sockway.xds.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients see, on every transport that this machine has. */
@ParameterizedClass(name = "{0}")
@MethodSource("transports")
class AdminServerTest {
    private static final String GET_HEALTH = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final Limits SHORT = new Limits(3, 4L << 20, 1024, Duration.ofMillis(200), Duration.ofMillis(200),
            Duration.ofMillis(250), Duration.ofMillis(250), Duration.ofMillis(200));

    private static final String GET_FLOWS = "GET /flows HTTP/1.1\r\nHost: localhost\r\n\r\n";
    /** More than the buffers of two sockets hold. */
    private static final String LARGE = "{\"flows\":[\"" + "x".repeat(12_000_000) + "\"]}";

    private static HttpClient http;

    @Parameter
    private Candidate transport;
    private final FakeSource source = new FakeSource();
    private AdminServer server;

    record Candidate(Transport transport, String unavailable) {
        static Candidate probe(Transport transport) {
            try {
                transport.open(Loops.one("probe")).shutdownGracefully(0, 0, TimeUnit.SECONDS);
                return new Candidate(transport, null);
            } catch (RuntimeException | LinkageError e) {
                return new Candidate(transport, Causes.line(e));
            }
        }

        @Override
        public String toString() {
            return transport.label();
        }
    }

    static Stream<Candidate> transports() {
        return Transport.PREFERRED.stream().map(Candidate::probe);
    }

    @BeforeAll
    static void open() {
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void shut() {
        http.shutdownNow();
    }

    @BeforeEach
    void start() {
        assumeTrue(transport.unavailable() == null, () -> transport + " is not available: " + transport.unavailable());
        server = start(loopback(0), Limits.DEFAULT);
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void shouldAnswerHealth() throws Exception {
        HttpResponse<String> response = get("/healthz");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("ok\n");
        assertThat(response.headers().firstValue("content-type")).hasValue("text/plain; charset=utf-8");
    }

    @Test
    void shouldAnswerReadinessWithItsReason() throws Exception {
        assertThat(get("/readyz")).returns(200, HttpResponse::statusCode).returns("attached to 1 cgroup\n", HttpResponse::body);

        source.ready = false;

        assertThat(get("/readyz")).returns(503, HttpResponse::statusCode).returns("no cgroup is attached\n", HttpResponse::body);
    }

    @Test
    void shouldAnswerStatusAndFlowsAsJson() throws Exception {
        HttpResponse<String> status = get("/status?pretty");

        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.body()).isEqualTo("{\"version\":\"1.2.3\",\"mode\":\"on\",\"cgroup\":\"/sys/fs/cgroup/\u00e4\"}");
        assertThat(status.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(get("/flows").body()).isEqualTo("{\"flows\":[]}");
    }

    @Test
    void shouldAnswerMetrics() throws Exception {
        HttpResponse<String> metrics = get("/metrics");

        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body()).contains("\nsockway_redirected_messages_total 70.0\n");
    }

    @Test
    void shouldAnswerThePage() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).startsWith("<!doctype html>").endsWith("</html>\n");
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow()).contains("default-src 'none'", "connect-src 'self'");
    }

    @Test
    void shouldSendProtectiveHeaders() throws Exception {
        for (String path : List.of("/", "/status", "/metrics", "/healthz", "/nothing")) {
            assertThat(get(path).headers().map()).as(path).containsEntry("x-content-type-options", List.of("nosniff"))
                    .containsEntry("cache-control", List.of("no-store"))
                    .containsEntry("cross-origin-resource-policy", List.of("same-origin"))
                    .containsKey("content-security-policy");
        }
    }

    @Test
    void shouldAnswerLargeJsonWhole() throws Exception {
        source.flows = "{\"flows\":[\"" + "x".repeat(3_000_000) + "\"]}";

        assertThat(get("/flows").body()).isEqualTo(source.flows);
    }

    @Test
    void shouldNameTheEndpointsWhereThereIsNone() throws Exception {
        assertThat(get("/nothing")).returns(404, HttpResponse::statusCode)
                .returns("not found; there are / /status /flows /metrics /healthz /readyz\n", HttpResponse::body);
    }

    @Test
    void shouldTakeOnlyGetAndHead() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
            HttpResponse<String> response = http.send(request("/status").method(method, BodyPublishers.ofString("{}")).build(),
                    BodyHandlers.ofString());

            assertThat(response.statusCode()).as(method).isEqualTo(405);
            assertThat(response.headers().firstValue("allow")).hasValue("GET, HEAD");
            assertThat(response.body()).isEqualTo("only GET and HEAD\n");
        }
    }

    @Test
    void shouldAnswerHeadWithTheLengthAndNoBody() throws Exception {
        String expected = String.valueOf(get("/status").headers().firstValueAsLong("content-length").orElseThrow());

        HttpResponse<String> head = http.send(request("/status").HEAD().build(), BodyHandlers.ofString());

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("content-length")).hasValue(expected);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void shouldKeepTheConnection() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.send(GET_HEALTH).readAnswer()).endsWith("\r\n\r\nok\n");
            assertThat(client.send("GET /readyz HTTP/1.1\r\nHost: [::1]:80\r\n\r\n").readAnswer())
                    .endsWith("\r\n\r\nattached to 1 cgroup\n");
            assertThat(client.send(GET_HEALTH).readAnswer()).endsWith("\r\n\r\nok\n");
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsInOrder() throws Exception {
        String answers = exchange("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET_HEALTH
                + "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(answers).containsSubsequence("200 OK", "\"version\":\"1.2.3\"", "200 OK", "ok\n", "200 OK", "attached to 1 cgroup\n");
    }

    @Test
    void shouldAnswerAClientThatHasFinishedSending() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.send("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n").finish().readAll()).contains("\"version\":\"1.2.3\"");
        }
    }

    @Test
    void shouldCloseAfterHttp10() throws Exception {
        assertThat(exchange("GET /healthz HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200 OK").endsWith("ok\n");
    }

    @Test
    void shouldRefuseGarbageAfterARequest() throws Exception {
        String answers = exchange(GET_HEALTH + "\u0016\u0003\u0001 garbage\r\n\r\n" + GET_HEALTH);

        assertThat(answers).containsSubsequence("HTTP/1.1 200 OK", "ok\n", "HTTP/1.1 400 Bad Request")
                .doesNotContainPattern("(?s)400.*200 OK");
        assertStillServes();
    }

    @Test
    void shouldRefuseWhatIsNotHttp() throws Exception {
        assertThat(exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startsWith("HTTP/1.1 505");
        assertThat(exchange("hello\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertStillServes();
    }

    @Test
    void shouldRefuseOversizedRequests() throws Exception {
        assertThat(exchange("GET /" + "a".repeat(4000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 414");
        assertThat(exchange("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(10_000) + "\r\n\r\n")).startsWith("HTTP/1.1 431");
        assertThat(exchange("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + "a".repeat(100_000)))
                .startsWith("HTTP/1.1 413").endsWith("this server takes no request bodies\n");
        assertThat(exchange("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n"))
                .startsWith("HTTP/1.1 417");
        assertStillServes();
    }

    @Test
    void shouldRefuseForeignHostNamesOnLoopback() throws Exception {
        for (String host : List.of("attacker.example", "localhost.attacker.example:80", "")) {
            assertThat(exchange("GET /status HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).as(host).startsWith("HTTP/1.1 403")
                    .endsWith("the Host header has to be an IP address or localhost\n");
        }
    }

    @Test
    void shouldRefuseAHostThatCannotBeTold() throws Exception {
        assertThat(exchange("GET /status HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(exchange("GET /status HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(exchange("GET http://attacker.example/status HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 400");
    }

    @Test
    void shouldTakeAnyHostNameWhereItIsReachedFromElsewhere() throws Exception {
        restart(new InetSocketAddress("0.0.0.0", 0), Limits.DEFAULT);

        assertThat(exchange("GET /healthz HTTP/1.1\r\nHost: pod.example\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void shouldReportASourceThatFails() throws Exception {
        source.failure = new IllegalStateException("the pins are gone");

        assertThat(get("/status")).returns(500, HttpResponse::statusCode)
                .returns("/status failed: the pins are gone\n", HttpResponse::body);
        assertStillServes();
    }

    private static FakeSource stuckUntil(CountDownLatch end) {
        return new FakeSource() {
            @Override
            public boolean ready() {
                try {
                    end.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
                return true;
            }
        };
    }

    @Test
    void shouldAnswerTwentyScrapesAtOnce() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        server.close();
        server = AdminServer.start(loopback(0), stuckUntil(hang), List.of(transport.transport()), Limits.DEFAULT);
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                clients.add(client().send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
            Thread.sleep(300);
            hang.countDown();
            for (RawClient each : clients) {
                assertThat(each.readAnswer()).contains("200 OK");
            }
        } finally {
            for (RawClient each : clients) {
                each.close();
            }
        }
    }

    @Test
    void shouldStayHealthyWhileTheSourceHangs() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        server.close();
        server = AdminServer.start(loopback(0), stuckUntil(hang), List.of(transport.transport()), SHORT);

        assertThat(get("/readyz")).returns(503, HttpResponse::statusCode).returns("no answer in time; try again\n", HttpResponse::body);
        assertStillServes();
        hang.countDown();
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldDropClientsThatTrickle() throws Exception {
        restart(loopback(0), SHORT);
        try (RawClient client = client()) {
            long start = System.nanoTime();
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
                while (System.nanoTime() - start < 3_000_000_000L) {
                    client.send("G");
                    Thread.sleep(50);
                }
            });
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(150), Duration.ofMillis(2000));
        }
    }

    @Test
    void shouldDropClientsThatDoNotRead() throws Exception {
        restart(loopback(0), new Limits(3, 1 << 20, 1024, Duration.ofSeconds(9), Duration.ofSeconds(9), Duration.ofMillis(150),
                Duration.ofSeconds(9), Duration.ofSeconds(1)));
        source.flows = LARGE;
        try (RawClient client = client()) {
            client.send(GET_FLOWS);

            assertThat(get("/readyz").statusCode()).isEqualTo(200);
            assertThat(get("/flows").body()).hasSameSizeAs(LARGE);
            assertThat(client.readAll()).hasSizeLessThan(LARGE.length());
        }
    }

    @Test
    void shouldAnswerOthersSoonWhileSomeReadSlowly() throws Exception {
        restart(loopback(0), new Limits(9, 1 << 20, 1024, Duration.ofSeconds(9), Duration.ofSeconds(9), Duration.ofSeconds(60),
                Duration.ofMillis(200), Duration.ofSeconds(1)));
        source.flows = LARGE;
        List<RawClient> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                slow.add(client());
                slow.getLast().send(GET_FLOWS);
            }

            assertThat(get("/readyz").statusCode()).isEqualTo(200);
            assertThat(get("/flows")).returns(200, HttpResponse::statusCode).returns(LARGE, HttpResponse::body);
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    @Test
    void shouldWorkOutNoMoreThanItHasRoomFor() throws Exception {
        restart(loopback(0), new Limits(9, 1 << 20, 1024, Duration.ofSeconds(9), Duration.ofSeconds(9), Duration.ofSeconds(60),
                Duration.ofSeconds(60), Duration.ofSeconds(1)));
        source.flows = LARGE;
        try (RawClient one = client(); RawClient two = client(); RawClient three = client()) {
            for (RawClient each : List.of(one, two, three)) {
                each.send(GET_FLOWS);
            }
            Thread.sleep(400);

            assertThat(source.flowsAsked).hasValue(1);
        }
        assertThat(get("/flows").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldLetASlowClientReadWhenNobodyWaitsForItsMemory() throws Exception {
        restart(loopback(0), new Limits(9, 1 << 20, 1024, Duration.ofSeconds(9), Duration.ofSeconds(9), Duration.ofSeconds(60),
                Duration.ofMillis(50), Duration.ofSeconds(1)));
        source.flows = LARGE;
        try (RawClient slow = client()) {
            slow.send("GET /flows HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Thread.sleep(300);

            assertThat(get("/status").statusCode()).isEqualTo(200);
            assertThat(slow.readAll()).endsWith(LARGE);
        }
    }

    @Test
    void shouldGiveUpTheMostSilentOfTooManyConnections() throws Exception {
        restart(loopback(0), new Limits(3, 1 << 20, 1024, Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(30),
                Duration.ofSeconds(3), Duration.ofSeconds(1)));
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                clients.add(client());
                assertThat(clients.getLast().send(GET_HEALTH).readAnswer()).contains("200 OK");
            }
            clients.get(0).send(GET_HEALTH).readAnswer();
            clients.add(client());

            assertThat(clients.get(1).readAll()).isEmpty();
            for (int open : new int[] {0, 2, 3}) {
                assertThat(clients.get(open).send(GET_HEALTH).readAnswer()).contains("200 OK");
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void shouldSayThatTheAddressIsInUse() {
        InetSocketAddress taken = server.address();

        assertThatExceptionOfType(AdminException.class)
                .isThrownBy(() -> start(taken, Limits.DEFAULT))
                .withMessage("the admin server cannot listen on 127.0.0.1:%d: the address is in use; choose another with --admin HOST:PORT",
                        taken.getPort());
    }

    @Test
    void shouldSayThatTheAddressIsNotHere() {
        assertThatExceptionOfType(AdminException.class)
                .isThrownBy(() -> start(new InetSocketAddress("192.0.2.1", 80), Limits.DEFAULT))
                .withMessage("the admin server cannot listen on 192.0.2.1:80: this machine does not have that address; "
                        + "choose another with --admin HOST:PORT");
    }

    @Test
    void shouldFreeTheAddressOnClose() {
        InetSocketAddress address = server.address();
        server.close();
        assertThatNoException().isThrownBy(server::close);

        restart(address, Limits.DEFAULT);

        assertThat(server.address()).isEqualTo(address);
    }

    private AdminServer start(InetSocketAddress address, Limits limits) {
        return AdminServer.start(address, source, List.of(transport.transport()), limits);
    }

    private void restart(InetSocketAddress address, Limits limits) {
        server.close();
        server = start(address, limits);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress("127.0.0.1", port);
    }

    private InetSocketAddress reachable() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.address().getPort());
    }

    private RawClient client() throws IOException {
        return new RawClient(reachable());
    }

    private String exchange(String bytes) throws IOException {
        return RawClient.exchange(reachable(), bytes);
    }

    private void assertStillServes() throws IOException, InterruptedException {
        assertThat(get("/healthz").body()).isEqualTo("ok\n");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.address().getPort() + path)).timeout(Duration.ofSeconds(5));
    }
}
