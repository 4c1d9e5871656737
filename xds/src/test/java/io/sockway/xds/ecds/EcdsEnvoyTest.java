package io.sockway.xds.ecds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.Load;
import io.sockway.xds.testing.Recorded;
import io.sockway.xds.testing.TwoListeners;
import io.sockway.xds.testing.WebApp;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A filter of a real Envoy, configured over ECDS while its listeners stay. */
class EcdsEnvoyTest {
    private static final String RESOURCE = "sockway";

    @TempDir
    private Path folder;

    private final Recorded events = new Recorded();
    private final int port = EnvoyProcess.freePort();
    private final int tcpPort = EnvoyProcess.freePort();
    private final String url = "http://127.0.0.1:" + port + "/";

    private ListenAddress address() {
        return ListenAddress.parse("unix:" + folder.resolve("ecds.sock"));
    }

    private EcdsServer serve(TypedExtensionConfig... configs) {
        return EcdsServer.start(address(), Optional.empty(), node -> List.of(configs), events);
    }

    private EnvoyProcess envoy(int upstream) {
        FilterDiscovery discovery = FilterDiscovery.overCluster(RESOURCE, "sockway");
        return EnvoyProcess.start(folder, "envoy", new TwoListeners(port, tcpPort, upstream)
                .withHttpFilter(FilterDiscovery.json(discovery.http()))
                .withTcpFilter(FilterDiscovery.json(new FilterDiscovery("sockway-tcp", discovery.source()).network()))
                .yaml() + EnvoyProcess.serverCluster(address().toString(), ""));
    }

    /** A filter that answers 403 to some path, which shows whether it is in effect. */
    private static TypedExtensionConfig denying(String path) {
        return TypedExtensionConfig.newBuilder().setName(RESOURCE).setTypedConfig(Any.pack(RBAC.newBuilder().setRules(
                io.envoyproxy.envoy.config.rbac.v3.RBAC.newBuilder().setAction(io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.DENY)
                        .putPolicies("p", Policy.newBuilder().addPrincipals(Principal.newBuilder().setAny(true))
                                .addPermissions(Permission.newBuilder().setUrlPath(PathMatcher.newBuilder()
                                        .setPath(StringMatcher.newBuilder().setExact(path)))).build()))
                .build())).build();
    }

    private static DynamicModuleFilter missingModule() {
        return DynamicModuleFilter.withText(Path.of("/nowhere/libsockway-1.so"), "stats", "{}");
    }

    @Test
    void shouldSwapAFilterTwentyTimesUnderLoadWithoutALostRequest() throws Exception {
        try (WebApp app = new WebApp("app"); EcdsServer server = serve(denying("/x0")); EnvoyProcess envoy = envoy(app.port())) {
            envoy.awaitReady().awaitReply(url + "x0", 403, "");
            try (Load load = new Load(url)) {
                for (int i = 1; i <= 20; i++) {
                    TypedExtensionConfig next = denying("/x" + i);
                    server.publish(node -> List.of(next));
                    envoy.awaitReply(url + "x" + i, 403, "");
                    envoy.awaitReply(url + "x" + (i - 1), 200, "");
                    assertThat(events.report().envoys()).isOne();
                    Thread.sleep(100);
                }
                load.stop();
                assertThat(load.answers()).containsOnlyKeys(200);
                assertThat(load.count()).isGreaterThan(200);
            }
            assertThat(envoy.statistic("listener_manager.total_listeners_draining")).isZero();
            assertThat(events.rejections()).isEmpty();
        }
    }

    @Test
    void shouldServeAtOnceWithoutAServerAndTakeTheConfigurationWhenItComes() throws Exception {
        try (WebApp app = new WebApp("app"); EnvoyProcess envoy = envoy(app.port())) {
            envoy.awaitReady().awaitReply(url, 200, "");
            envoy.awaitReply("http://127.0.0.1:" + tcpPort + "/", 200, "app");
            try (EcdsServer server = serve(denying("/x"))) {
                envoy.awaitReply(url + "x", 403, "");
                assertThat(server.streams()).isNotEmpty();
            }
            Thread.sleep(300);
            envoy.awaitReply(url + "x", 403, "");
            envoy.awaitReply(url, 200, "");
        }
    }

    @Test
    void shouldShowEnvoysWordsAboutALibraryThatIsNotThereAndServeOn() {
        try (WebApp app = new WebApp("app");
                EcdsServer server = serve(missingModule().http(RESOURCE), missingModule().network("sockway-tcp"));
                EnvoyProcess envoy = envoy(app.port())) {
            envoy.awaitReady().awaitReply(url, 200, "");
            envoy.awaitReply("http://127.0.0.1:" + tcpPort + "/", 200, "app");

            envoy.await("refusing both", () -> events.rejections().size() == 2);

            assertThat(events.rejections()).allSatisfy(words ->
                    assertThat(words).startsWith("web-1 ECDS ").contains("/nowhere/libsockway-1.so"));
            server.publish(node -> List.of(denying("/x")));
            envoy.awaitReply(url + "x", 403, "");
            assertThat(server.streams()).allSatisfy(stream -> assertThat(stream.node().version()).startsWith("1."));
        }
    }

    @Test
    void shouldKeepTheFilterThatRunsWhenTheNextIsRefused() {
        try (WebApp app = new WebApp("app"); EcdsServer server = serve(denying("/x")); EnvoyProcess envoy = envoy(app.port())) {
            envoy.awaitReady().awaitReply(url + "x", 403, "");

            server.publish(node -> List.of(missingModule().http(RESOURCE)));

            envoy.await("refusing", () -> !events.rejections().isEmpty());
            envoy.awaitReply(url + "x", 403, "");
            envoy.awaitReply(url, 200, "");
        }
    }

    @Test
    void shouldServeWhenTheServerSpeaksNoGrpc() throws Exception {
        try (ServerSocketChannel garbage = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                WebApp app = new WebApp("app")) {
            garbage.bind(UnixDomainSocketAddress.of(folder.resolve("ecds.sock")));
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        try (SocketChannel channel = garbage.accept()) {
                            channel.write(ByteBuffer.wrap("HTTP/1.1 500 what\r\n\r\n\0\1\2\3".getBytes()));
                        }
                    }
                } catch (java.io.IOException e) {
                    // the test is over
                }
            });
            try (EnvoyProcess envoy = envoy(app.port())) {
                envoy.awaitReady().awaitReply(url, 200, "");
                envoy.awaitReply("http://127.0.0.1:" + tcpPort + "/", 200, "app");
            }
        }
    }

    @Test
    void shouldServeWhenTheServerTakesConnectionsAndSaysNothing() throws Exception {
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                WebApp app = new WebApp("app")) {
            silent.bind(UnixDomainSocketAddress.of(folder.resolve("ecds.sock")));
            try (EnvoyProcess envoy = envoy(app.port())) {
                envoy.awaitReady().awaitReply(url, 200, "");
            }
        }
    }
}
