package io.sockway.xds.server;

import static io.sockway.xds.testing.Resources.cluster;
import static io.sockway.xds.testing.Resources.clusters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sockway.xds.ads.AdsService;
import io.sockway.xds.discovery.DiscoveryEvents;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.testing.Authority;
import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.XdsClient;
import io.sockway.xds.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class XdsServerTest {
    @TempDir
    private Path folder;

    private final Publisher publisher = new Publisher(node -> clusters(cluster("a", 1)), DiscoveryEvents.NONE, Duration.ZERO);
    private final List<BindableService> services = List.of(new AdsService(publisher));

    private ListenAddress socket() {
        return ListenAddress.parse("unix:" + folder.resolve("xds.sock"));
    }

    static List<Transport> transports() {
        return Transport.PREFERRED;
    }

    @ParameterizedTest
    @MethodSource("transports")
    void shouldServeOnEveryTransportOverTcp(Transport transport) {
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.empty(), services, List.of(transport));
                XdsClient client = new XdsClient(server.address())) {
            XdsClient.Whole envoy = client.whole("e");
            envoy.ask(ResourceType.CLUSTER);

            assertThat(envoy.next(ResourceType.CLUSTER).getResourcesCount()).isOne();
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void shouldServeEnvoyOnEveryTransportOverAUnixSocket(Transport transport) {
        try (XdsServer server = XdsServer.start(socket(), Optional.empty(), services, List.of(transport));
                EnvoyProcess envoy = EnvoyProcess.start(folder, "e", EnvoyProcess.bootstrap("e", server.address().toString(), true))) {
            envoy.awaitReady();

            assertThat(envoy.statistic("cluster_manager.cluster_added")).isEqualTo(2);
        }
    }

    @Test
    void shouldReplaceASocketThatAnEndedServerLeftAndNotLeaveOneItself() throws Exception {
        Path path = folder.resolve("xds.sock");
        try (var left = java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            left.bind(java.net.UnixDomainSocketAddress.of(path));
        }
        assertThat(path).exists();

        try (XdsServer _ = XdsServer.start(socket(), Optional.empty(), services)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path))).isEqualTo("rw-rw----");
        }

        assertThat(path).doesNotExist();
    }

    @Test
    void shouldNotTakeASocketFromAServerThatRuns() {
        try (XdsServer _ = XdsServer.start(socket(), Optional.empty(), services)) {
            assertThatThrownBy(() -> XdsServer.start(socket(), Optional.empty(), services)).isInstanceOf(XdsServerException.class)
                    .hasMessage("another server listens on " + socket() + ": end that one first, or choose another path");
        }
    }

    @Test
    void shouldNotRemoveAFileThatIsNoSocket() throws Exception {
        Path file = Files.writeString(folder.resolve("xds.sock"), "precious");

        assertThatThrownBy(() -> XdsServer.start(socket(), Optional.empty(), services))
                .hasMessage(file + " is there and no socket: choose another path");
        assertThat(file).hasContent("precious");
    }

    @Test
    void shouldSayThatAPortIsTaken() {
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.empty(), services)) {
            assertThatThrownBy(() -> XdsServer.start(server.address(), Optional.empty(), services))
                    .isInstanceOf(XdsServerException.class).hasMessageStartingWith("cannot listen on " + server.address() + ": ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "127.0.0.1:", "127.0.0.1:99999", "unix:", ":x"})
    void shouldRefuseAnAddressThatIsNone(String text) {
        assertThatThrownBy(() -> ListenAddress.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(text);
    }

    @Test
    void shouldSayHowLongThePathOfASocketMayBe() {
        assertThat(ListenAddress.parse("unix:/" + "x".repeat(106))).hasToString("unix:/" + "x".repeat(106));
        assertThatThrownBy(() -> ListenAddress.parse("unix:/" + "x".repeat(107))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the path of a Unix socket has at most 107 bytes, and /x").hasMessageContaining("has 108");
    }

    @Test
    void shouldServeEnvoysWithACertificateOfItsAuthorityAndNobodyElse() throws Exception {
        Authority authority = new Authority(folder, "authority");
        Authority stranger = new Authority(folder, "stranger");
        Authority.Identity own = authority.issue("server", "spiffe://test/server");
        Authority.Identity envoyIdentity = authority.issue("envoy", "spiffe://test/envoy");
        Authority.Identity strangerIdentity = stranger.issue("other", "spiffe://test/other");
        MutualTls tls = new MutualTls(own.certificate(), own.key(), authority.certificate());
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.of(tls), services)) {
            assertThat(ask(server, authority, Optional.of(envoyIdentity), "envoy")).isInstanceOf(DiscoveryResponse.class);
            List<String> shown = new CopyOnWriteArrayList<>();
            Handler handler = new Handler() {
                @Override
                public void publish(LogRecord entry) {
                    if (entry.getLevel().intValue() >= Level.INFO.intValue()) {
                        shown.add(entry.getMessage());
                    }
                }

                @Override
                public void flush() {
                    // Nothing is kept back.
                }

                @Override
                public void close() {
                    // Nothing is held.
                }
            };
            Logger.getLogger("io.grpc.netty").addHandler(handler);
            try {
                assertThat(ask(server, authority, Optional.empty(), "envoy")).isInstanceOf(StatusRuntimeException.class);
                assertThat(ask(server, authority, Optional.of(strangerIdentity), "envoy")).isInstanceOf(StatusRuntimeException.class);
                long end = System.nanoTime() + 3_000_000_000L;
                while (shown.isEmpty() && System.nanoTime() < end) {
                    Thread.sleep(20);
                }
                assertThat(shown.getFirst()).startsWith("a client's TLS handshake failed: ").contains("Empty client certificate chain");
            } finally {
                Logger.getLogger("io.grpc.netty").removeHandler(handler);
            }
            try (EnvoyProcess envoy = EnvoyProcess.start(folder, "envoy", EnvoyProcess.bootstrap("envoy",
                    server.address().toString(), false) + transportSocket(envoyIdentity, authority))) {
                envoy.awaitReady();
                assertThat(envoy.statistic("cluster_manager.cluster_added")).isEqualTo(2);
            }
        }
    }

    @Test
    void shouldServeAnEnvoyOnlyByTheNamesInItsCertificate() throws Exception {
        Authority authority = new Authority(folder, "authority");
        Authority.Identity own = authority.issue("server", "spiffe://test/server");
        Authority.Identity web = authority.issue("web", "spiffe://cluster.local/ns/demo/sa/web");
        MutualTls tls = new MutualTls(own.certificate(), own.key(), authority.certificate());
        List<EnvoyNode> connected = new CopyOnWriteArrayList<>();
        List<String> refused = new CopyOnWriteArrayList<>();
        Publisher named = new Publisher(node -> clusters(cluster("a", 1)), new DiscoveryEvents() {
            @Override
            public void connected(EnvoyNode node) {
                connected.add(node);
            }

            @Override
            public void refused(EnvoyNode node, String words) {
                refused.add(words);
            }
        }, Duration.ZERO);
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.of(tls), List.of(new AdsService(named)))) {
            assertThat(ask(server, authority, Optional.of(web), "bank")).isInstanceOfSatisfying(StatusRuntimeException.class,
                    refusal -> assertThat(refusal).hasMessage("PERMISSION_DENIED: the certificate names web, "
                            + "spiffe://cluster.local/ns/demo/sa/web, which does not cover node.id 'bank'"));
            assertThat(refused).hasSize(1);
            assertThat(connected).isEmpty();
            assertThat(named.totals().refused()).isOne();
            for (String id : List.of("web", "web.demo", "sidecar~10.0.0.1~web-77-x.demo~demo.svc.cluster.local")) {
                assertThat(ask(server, authority, Optional.of(web), id)).isInstanceOf(DiscoveryResponse.class);
            }
            // The cluster that it names is no name of its certificate, and opens no file.
            try (EnvoyProcess envoy = EnvoyProcess.start(folder, "web", EnvoyProcess.bootstrap("web", server.address().toString(), true)
                    .replace("cluster: web", "cluster: bank") + transportSocket(web, authority))) {
                envoy.awaitReady();
                assertThat(connected).last().isEqualTo(new EnvoyNode("web", "", connected.getLast().version()));
            }
        }
        MutualTls anyNode = new MutualTls(own.certificate(), own.key(), authority.certificate(), true);
        try (XdsServer server = XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.of(anyNode), List.of(new AdsService(named)))) {
            assertThat(ask(server, authority, Optional.of(web), "bank")).isInstanceOf(DiscoveryResponse.class);
        }
    }

    private static String transportSocket(Authority.Identity identity, Authority authority) {
        return """
                    transport_socket:
                      name: tls
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                        common_tls_context:
                          tls_certificates: [{certificate_chain: {filename: %s}, private_key: {filename: %s}}]
                          validation_context: {trusted_ca: {filename: %s}}
                """.formatted(identity.certificate(), identity.key(), authority.certificate());
    }

    private static Object ask(XdsServer server, Authority authority, Optional<Authority.Identity> identity, String node)
            throws Exception {
        SslContextBuilder tls = SslContextBuilder.forClient().trustManager(authority.certificate().toFile());
        identity.ifPresent(each -> tls.keyManager(each.certificate().toFile(), each.key().toFile()));
        InetSocketAddress address = ((ListenAddress.TcpPort) server.address()).address();
        ManagedChannel channel = NettyChannelBuilder.forAddress(address).sslContext(GrpcSslContexts.configure(tls, SslProvider.JDK).build())
                .build();
        try {
            XdsClient.Whole envoy = new XdsClient.Whole(channel, node);
            envoy.ask(ResourceType.CLUSTER);
            return envoy.nextOfAnyKind();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void shouldNameTheTlsFileThatIsMissing() {
        MutualTls tls = new MutualTls(folder.resolve("no.crt"), folder.resolve("no.key"), folder.resolve("no.ca"));

        assertThatThrownBy(() -> XdsServer.start(ListenAddress.parse("127.0.0.1:0"), Optional.of(tls), services))
                .isInstanceOf(XdsServerException.class).hasMessage(folder.resolve("no.crt")
                        + " of the TLS options is not a file that can be read");
    }

    @Test
    void shouldShowARenewedCertificateAndNeverOneWithTheKeyOfAnother() throws Exception {
        Authority authority = new Authority(folder, "authority");
        Authority.Identity one = authority.issue("one", "spiffe://test/server");
        Authority.Identity two = authority.issue("two", "spiffe://test/server");
        Path certificate = Files.copy(one.certificate(), folder.resolve("tls.crt"));
        Path key = Files.copy(two.key(), folder.resolve("tls.key"));
        MutualTls tls = new MutualTls(certificate, key, authority.certificate());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            assertThatThrownBy(() -> tls.open(timer)).isInstanceOf(XdsServerException.class)
                    .hasMessageContainingAll(certificate.toString(), key.toString(), "the key is not that of the certificate");
            Files.copy(one.key(), key, StandardCopyOption.REPLACE_EXISTING);
            SSLContext server = ((JdkSslContext) tls.open(timer, Duration.ofMillis(50))).context();
            assertThat(shown(server, authority)).isEqualTo("CN=one");
            Files.copy(two.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
            Thread.sleep(500);
            assertThat(shown(server, authority)).isEqualTo("CN=one");
            Files.copy(two.key(), key, StandardCopyOption.REPLACE_EXISTING);
            Thread.sleep(500);
            assertThat(shown(server, authority)).isEqualTo("CN=two");
            Files.writeString(certificate, "nonsense");
            Thread.sleep(500);
            assertThat(shown(server, authority)).isEqualTo("CN=two");
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void shouldTellOfDatesAtWhichClientsRefuseTheCertificate() throws Exception {
        Authority authority = new Authority(folder, "authority");
        Authority.Identity expired = authority.issue("expired", "spiffe://test/server", "-3d");
        Authority.Identity early = authority.issue("early", "spiffe://test/server", "+3d");
        Authority.Identity good = authority.issue("good", "spiffe://test/server");
        Path certificate = Files.copy(expired.certificate(), folder.resolve("tls.crt"));
        Path key = Files.copy(expired.key(), folder.resolve("tls.key"));
        BlockingQueue<String> log = new LinkedBlockingQueue<>();
        Logger logger = Logger.getLogger(MutualTls.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                log.add(entry.getMessage());
            }

            @Override
            public void flush() {
                // nothing is kept back
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        logger.addHandler(handler);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            SSLContext server = ((JdkSslContext) new MutualTls(certificate, key, authority.certificate())
                    .open(timer, Duration.ofMillis(50))).context();
            assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("the certificate " + certificate + " has expired at 20")
                    .endsWith("Z: clients refuse it until a renewed one is in its place");
            assertThat(log.poll(300, TimeUnit.MILLISECONDS)).as("said once").isNull();
            for (Authority.Identity next : List.of(early, good)) {
                timer.submit(() -> {
                    Files.copy(next.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
                    return Files.copy(next.key(), key, StandardCopyOption.REPLACE_EXISTING);
                }).get();
                assertThat(log.poll(10, TimeUnit.SECONDS)).isEqualTo("the TLS certificate " + certificate + " was read again");
                if (next == early) {
                    assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("the certificate " + certificate + " is not valid before 20");
                }
            }
            assertThat(log.poll(300, TimeUnit.MILLISECONDS)).isNull();
            assertThat(shown(server, authority)).isEqualTo("CN=good");
        } finally {
            timer.shutdownNow();
            logger.removeHandler(handler);
        }
    }

    @Test
    void shouldTellOfACertificateThatEndsSoonForItsLength() throws Exception {
        Authority.Identity identity = new Authority(folder, "authority").issue("server", "spiffe://test/server");
        CertificateDates dates = CertificateDates.read(identity.certificate());
        Instant end = Instant.now().plus(Duration.ofDays(2));

        // Of two days, less than a quarter: 12 hours.
        assertThat(dates.news(end.minus(Duration.ofHours(13)))).isEmpty();
        assertThat(dates.news(end.minus(Duration.ofHours(11))).orElseThrow()).startsWith("the certificate " + identity.certificate()
                + " expires at 20").endsWith("Z: renew it, clients refuse it then");
        assertThat(dates.news(end.minus(Duration.ofHours(10)))).isEmpty();
        assertThat(dates.news(end.plus(Duration.ofHours(1))).orElseThrow()).contains(" has expired at 20");
    }

    /** Whose certificate a client sees. */
    private static String shown(SSLContext server, Authority authority) throws Exception {
        SSLSocketFactory client = ((JdkSslContext) SslContextBuilder.forClient().sslProvider(SslProvider.JDK)
                .trustManager(authority.certificate().toFile()).build()).context().getSocketFactory();
        try (ServerSocket listener = server.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (SSLSocket accepted = (SSLSocket) listener.accept()) {
                    accepted.startHandshake();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (SSLSocket socket = (SSLSocket) client.createSocket(listener.getInetAddress(), listener.getLocalPort())) {
                socket.startHandshake();
                return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName();
            } finally {
                served.join();
            }
        }
    }
}
