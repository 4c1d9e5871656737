package io.sockway.sidecar.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.sockway.deploy.admission.AdmissionReviews;
import io.sockway.deploy.inject.InjectorOptions;
import io.sockway.deploy.inject.PodInjector;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.sidecar.admin.Connections;
import io.sockway.sockops.PortSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real server, spoken to by the JDK's TLS client. */
class WebhookServerTest {
    private static final String POD = "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"a\"}]}}";

    @TempDir
    private Path folder;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private X509Bundle authority;
    private WebhookServer server;

    @BeforeEach
    void start() throws Exception {
        authority = new CertificateBuilder().subject("CN=authority").setIsCertificateAuthority(true).buildSelfSigned();
        writeIdentity();
        start(WebhookLimits.DEFAULT);
    }

    private void start(WebhookLimits limits) {
        PodInjector injector = new PodInjector(new InjectorOptions("i:1", "a:1", SidecarKind.AUTO, "1"), PortSet::parse);
        server = WebhookServer.start(new InetSocketAddress("127.0.0.1", 0), new Identity(certificate(), key(), log::add),
                new AdmissionReviews(injector, false), log::add, limits);
    }

    private void restart(WebhookLimits limits) {
        server.close();
        start(limits);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path certificate() {
        return folder.resolve("tls.crt");
    }

    private Path key() {
        return folder.resolve("tls.key");
    }

    private X509Certificate writeIdentity() throws Exception {
        X509Bundle identity = new CertificateBuilder().subject("CN=webhook").addSanIpAddress("127.0.0.1").buildIssuedBy(authority);
        Files.writeString(key(), identity.getPrivateKeyPEM());
        Files.writeString(certificate(), identity.getCertificatePathPEM());
        return identity.getCertificate();
    }

    @Test
    void shouldTellOfAnExpiredCertificateAndServeWithARenewedOne() throws Exception {
        X509Bundle expired = new CertificateBuilder().subject("CN=webhook").addSanIpAddress("127.0.0.1")
                .notBefore(Instant.parse("2025-12-02T03:04:05Z")).notAfter(Instant.parse("2026-01-02T03:04:05Z"))
                .buildIssuedBy(authority);
        Files.writeString(key(), expired.getPrivateKeyPEM());
        Files.writeString(certificate(), expired.getCertificatePathPEM());
        restart(WebhookLimits.DEFAULT);
        assertThat(log).containsExactly("the certificate " + certificate() + " has expired at 2026-01-02T03:04:05Z: clients refuse it "
                + "until a renewed one is in its place");
        assertThatThrownBy(() -> connection().close()).hasMessageContaining("expired");

        writeIdentity();
        Thread.sleep(1100);
        connection().close();
        assertThat(log).element(log.size() - 1).asString().isEqualTo("certificate " + certificate() + " read again");
    }

    private HttpClient client() throws Exception {
        return HttpClient.newBuilder().sslContext(tls()).version(HttpClient.Version.HTTP_1_1).build();
    }

    private SSLContext tls() throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", authority.getCertificate());
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trust);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, managers.getTrustManagers(), null);
        return tls;
    }

    /** A connection whose bytes the test chooses. */
    private Socket connection() throws Exception {
        SSLSocket socket = (SSLSocket) tls().getSocketFactory().createSocket("127.0.0.1", server.address().getPort());
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    private static void send(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        connection.getOutputStream().flush();
    }

    private static String head(int bodyBytes) {
        return "POST /inject/pod HTTP/1.1\r\nhost: w\r\ncontent-type: application/json\r\ncontent-length: " + bodyBytes + "\r\n\r\n";
    }

    /** The status of a health check, whose answer ends in ok; 0 when the connection was closed instead. */
    private static int health(Socket connection) {
        try {
            send(connection, "GET /healthz HTTP/1.1\r\nhost: w\r\n\r\n");
            StringBuilder answer = new StringBuilder();
            while (answer.indexOf("\r\n\r\nok\n") < 0) {
                int next = connection.getInputStream().read();
                if (next < 0) {
                    return 0;
                }
                answer.append((char) next);
            }
            return Integer.parseInt(answer.substring(9, 12));
        } catch (IOException e) {
            return 0;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.address().getPort() + path));
    }

    private HttpResponse<String> post(HttpClient http, String path, String body) throws Exception {
        return http.send(request(path).header("content-type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String review(String pod) {
        return "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u1\",\"operation\":\"CREATE\","
                + "\"namespace\":\"n\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"object\":" + pod + "}}";
    }

    private static JsonObject response(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        return JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("response");
    }

    @Test
    void shouldDecideByThePathWhatAPodThatSaysNothingGets() throws Exception {
        try (HttpClient http = client()) {
            assertThat(response(post(http, "/inject/namespace?timeout=5s", review(POD))).has("patch")).isTrue();
            assertThat(response(post(http, "/inject/pod", review(POD))).has("patch")).isFalse();
            assertThat(log).contains("pod n/p: injected");
            String metrics = http.send(request("/metrics").build(), HttpResponse.BodyHandlers.ofString()).body();
            assertThat(metrics).contains("sockway_webhook_reviews_total{outcome=\"injected\"} 1", "{outcome=\"left\"} 1");
        }
    }

    @Test
    void shouldRefuseWhatIsNoReviewAndGoOn() throws Exception {
        try (HttpClient http = client()) {
            assertThat(post(http, "/inject/pod", "{").statusCode()).isEqualTo(400);
            assertThat(post(http, "/inject/pod", "{}").body()).contains("no AdmissionReview of admission.k8s.io/v1");
            assertThat(post(http, "/inject", review(POD)).statusCode()).isEqualTo(404);
            assertThat(http.send(request("/inject/pod").build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
            assertThat(http.send(request("/inject/pod").POST(HttpRequest.BodyPublishers.ofString(review(POD))).build(),
                    HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(415);
            assertThat(post(http, "/inject/pod", " ".repeat(9 << 20)).statusCode()).isEqualTo(413);
            try (Socket plain = new Socket("127.0.0.1", server.address().getPort()); OutputStream out = plain.getOutputStream()) {
                out.write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            String large = POD.replace("\"a\"", "\"a\",\"command\":[\"" + "x".repeat(2 << 20) + "\"]");
            assertThat(response(post(http, "/inject/namespace", review(large))).has("patch")).isTrue();
            assertThat(http.send(request("/healthz").build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "POST | application/json | [ | 400 | ends too early",
        "POST | application/json | `` | 400 | empty",
        "POST | Application/JSON | {} | 400 | no AdmissionReview",
        "POST | application/json | nonsense | 400 | not JSON",
        "POST | application/json | {\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"} | 400 | v1beta1",
        "POST | application/json | {\"kind\":[],\"apiVersion\":{}} | 400 | no AdmissionReview",
        "POST | text/plain | {} | 415 | application/json",
        "GET | application/json | `` | 405 | POST",
        "PUT | application/json | {} | 405 | POST",
        "DELETE | application/json | `` | 405 | POST"})
    void shouldSayInOneLineWhatIsWrongWithARequest(String method, String type, String body, int status, String reason) throws Exception {
        try (HttpClient http = client()) {
            HttpResponse<String> answer = http.send(request("/inject/pod").header("content-type", type)
                    .method(method, HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.body()).contains(reason).endsWith("\n").hasLineCount(1);
            assertThat(log).hasSize(status == 400 ? 1 : 0);
        }
    }

    /** As trees such bodies take a hundred times their size, and recursion over them all of a stack. */
    @ParameterizedTest
    @ValueSource(strings = {"0,", "{},", "[],", "\"\",", "[", "{\"a\":", "{\"a\":0,\"a\":0},"})
    void shouldRefuseManyTinyValuesAndGoOn(String value) throws Exception {
        String body = ("[" + value.repeat((8 << 20) / value.length() + 1)).substring(0, 8 << 20);
        try (HttpClient http = client()) {
            HttpResponse<String> answer = post(http, "/inject/pod", body);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).hasLineCount(1);
            assertThat(log).singleElement().asString().startsWith("malformed review: ");
            response(post(http, "/inject/pod", review(POD)));
        }
    }

    @Test
    void shouldAnswerWhereTheManifestsSendReviews() throws Exception {
        String manifest = Files.readString(Path.of("../deploy/kustomize/base/mutating-webhook.yaml"));
        List<String> paths = Pattern.compile("path: (\\S+)").matcher(manifest).results().map(found -> found.group(1)).toList();
        assertThat(paths).hasSize(4).doesNotHaveDuplicates();
        try (HttpClient http = client()) {
            for (String path : paths) {
                JsonObject response = response(post(http, path, review(POD)));
                assertThat(response.has("patch")).as(path).isEqualTo(path.equals("/inject/namespace"));
                assertThat(response.has("warnings")).as(path).isEqualTo(path.equals("/inject/forbidden-namespace"));
            }
        }
    }

    @Test
    void shouldUseARenewedCertificateAndKeepTheOldOneWhileTheFilesAreWrong() throws Exception {
        try (HttpClient first = client()) {
            response(post(first, "/inject/pod", review(POD)));
            Files.writeString(certificate(), "half of a certifica");
            Thread.sleep(1100);
            try (HttpClient second = client()) {
                response(post(second, "/inject/pod", review(POD)));
            }
            assertThat(log).anyMatch(line -> line.endsWith("the one from before stays in use"));
            // Only one of the files has been replaced so far.
            String before = Files.readString(key());
            X509Certificate renewed = writeIdentity();
            String after = Files.readString(key());
            Files.writeString(key(), before);
            Thread.sleep(1100);
            try (Socket connection = connection()) {
                assertThat(health(connection)).isEqualTo(200);
            }
            assertThat(log).last().asString().contains("is not that of the certificate").endsWith("stays in use");
            Files.writeString(key(), after);
            Thread.sleep(1100);
            try (HttpClient third = client()) {
                HttpResponse<String> answer = post(third, "/inject/pod", review(POD));
                assertThat(answer.sslSession().orElseThrow().getPeerCertificates()[0]).isEqualTo(renewed);
            }
            response(post(first, "/inject/pod", review(POD)));
        }
    }

    @Test
    void shouldSayWhatIsWrongWithTheFiles() throws Exception {
        assertThatThrownBy(() -> new Identity(folder.resolve("none"), key(), log::add)).isInstanceOf(WebhookException.class)
                .hasMessageContaining("none is not a file");
        Files.writeString(key(), "-----BEGIN RSA PRIVATE KEY-----\n");
        assertThatThrownBy(() -> new Identity(certificate(), key(), log::add)).hasMessageContaining("openssl pkcs8");
        assertThatThrownBy(() -> WebhookServer.start(server.address(), null, null, log::add)).hasMessageContaining("--listen");
        assertThatThrownBy(() -> WebhookServer.start(InetSocketAddress.createUnresolved("nowhere.invalid", 1), null, null, log::add))
                .hasMessageContaining("nowhere.invalid:1: the host is not known");
    }

    @Test
    void shouldBoundWhatUnfinishedRequestsHoldTogether() throws Exception {
        restart(new WebhookLimits(64, 1 << 20, 8 << 20, Duration.ofSeconds(60)));
        String half = review(POD.replace("\"a\"", "\"" + "x".repeat(600 << 10) + "\""));
        try (HttpClient http = client(); HttpClient other = client()) {
            try (Socket unfinished = connection()) {
                send(unfinished, head(2 << 20) + " ".repeat(900 << 10));
                HttpResponse<String> answer = post(http, "/inject/pod", half);
                for (int i = 0; i < 50 && answer.statusCode() == 200; i++) {
                    Thread.sleep(20);
                    answer = post(http, "/inject/pod", half);
                }
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.body()).contains("try again").endsWith("\n").hasLineCount(1);
                assertThat(answer.headers().firstValue("connection")).hasValue("close");
                response(post(other, "/inject/pod", review(POD)));
                send(unfinished, " ".repeat((2 << 20) - (900 << 10)));
                assertThat(new String(unfinished.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 503 ");
            }
            response(post(http, "/inject/pod", half));
            String metrics = http.send(request("/metrics").build(), HttpResponse.BodyHandlers.ofString()).body();
            assertThat(metrics).contains("sockway_webhook_reviews_total{outcome=\"busy\"} 2");
        }
    }

    @Test
    void shouldFreeWhatConnectionsHeldThatAreGone() throws Exception {
        restart(new WebhookLimits(64, 1 << 20, 8 << 20, Duration.ofSeconds(60)));
        try (HttpClient http = client()) {
            for (int i = 0; i < 8; i++) {
                try (Socket unfinished = connection()) {
                    send(unfinished, head(2 << 20) + " ".repeat(900 << 10));
                }
            }
            String half = review(POD.replace("\"a\"", "\"" + "x".repeat(600 << 10) + "\""));
            HttpResponse<String> answer = post(http, "/inject/pod", half);
            for (int i = 0; i < 50 && answer.statusCode() == 503; i++) {
                Thread.sleep(20);
                answer = post(http, "/inject/pod", half);
            }
            response(answer);
        }
    }

    @Test
    void shouldRefuseAnEndlessBodyOfWhichNoLengthWasTold() throws Exception {
        restart(new WebhookLimits(64, 1 << 20, 100_000, Duration.ofSeconds(60)));
        try (Socket endless = connection()) {
            send(endless, "POST /inject/pod HTTP/1.1\r\nhost: w\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
            for (int i = 0; i < 20; i++) {
                send(endless, "2710\r\n" + " ".repeat(10_000) + "\r\n");
            }
            send(endless, "0\r\n\r\n");
            String answer = new String(endless.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 413 ").endsWith("has at most 100000 bytes\n");
        }
    }

    @Test
    void shouldCloseTheMostSilentOfTooManyConnections() throws Exception {
        restart(new WebhookLimits(3, 1 << 20, 1 << 20, Duration.ofSeconds(60)));
        try (Socket first = connection(); Socket second = connection(); Socket third = connection()) {
            assertThat(health(first)).isEqualTo(200);
            try (Socket fourth = connection()) {
                assertThat(health(fourth)).isEqualTo(200);
                assertThat(health(second)).isZero();
                assertThat(health(first)).isEqualTo(200);
                assertThat(health(third)).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveUpARequestThatTrickles(boolean body) throws Exception {
        restart(new WebhookLimits(64, 1 << 20, 1 << 20, Duration.ofMillis(500)));
        try (Socket slow = connection()) {
            send(slow, body ? head(1 << 20) : "POST /inject/pod HTTP/1.1\r\nx: ");
            Thread trickle = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        send(slow, " ");
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException e) {
                    // the server closed
                }
            });
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                slow.getInputStream().transferTo(answer);
            } catch (IOException e) {
                // reset, when bytes came after the close
            }
            assertThat(answer.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 408 ").endsWith("within 500 ms\n");
            trickle.interrupt();
            trickle.join();
        }
    }

    @Test
    void shouldKeepAConnectionBetweenRequestsForLongerThanARequestMayTake() throws Exception {
        restart(new WebhookLimits(64, 1 << 20, 1 << 20, Duration.ofMillis(300)));
        try (Socket idle = connection()) {
            Thread.sleep(700);
            assertThat(health(idle)).isEqualTo(200);
            Thread.sleep(700);
            assertThat(health(idle)).isEqualTo(200);
        }
    }

    @Test
    void shouldReadNothingFromAClientThatDoesNotReadItsAnswers() {
        RequestDeadline deadline = new RequestDeadline(Duration.ofSeconds(1));
        EmbeddedChannel channel = new EmbeddedChannel(deadline, new RequestGate(new Connections(1, 1), WebhookLimits.DEFAULT, deadline,
                new Tally()));
        channel.write(Unpooled.buffer().writeZero(1 << 20));
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.flush();
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isTrue();
        channel.finishAndReleaseAll();
    }
}
