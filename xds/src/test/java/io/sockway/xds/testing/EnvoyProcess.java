package io.sockway.xds.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A real Envoy, found as the lab does: SOCKWAY_ENVOY, the project's tools, PATH. Ends with the test. */
public final class EnvoyProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Below the kernel's own range, which begins at 32768. */
    private static final int FIRST_PORT = 16_384;
    private static final int PORTS = 16_384;
    private static final int APART = 61;
    private static final AtomicInteger NEXT_PORT = new AtomicInteger((int) (ProcessHandle.current().pid() * APART % PORTS));
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2)).build();

    private final Process process;
    private final String admin;
    private final Path log;

    private EnvoyProcess(Process process, String admin, Path log) {
        this.process = process;
        this.admin = admin;
        this.log = log;
    }

    /**
     * Starts it with one worker and a bootstrap that has no admin section yet; returns before it is ready.
     *
     * @param restart arguments of a hot restart, if it is to take part in one
     */
    public static EnvoyProcess start(Path folder, String name, String bootstrap, String... restart) {
        int adminPort = freePort();
        return start(folder, name, bootstrap + "admin: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}%n"
                .formatted(adminPort), "127.0.0.1:" + adminPort, List.of("--concurrency", "1", "--log-level", "warning"), restart);
    }

    /**
     * Starts it with a whole bootstrap; returns before it is ready.
     *
     * @param admin where the bootstrap has its admin server, {@code HOST:PORT}
     * @param arguments of Envoy, but for those of a hot restart
     */
    public static EnvoyProcess start(Path folder, String name, String bootstrap, String admin, List<String> arguments,
            String... restart) {
        Path file = folder.resolve(name + ".yaml");
        Path log = folder.resolve(name + ".log");
        try {
            Files.writeString(file, bootstrap);
            List<String> command = new ArrayList<>(List.of(binary().toString(), "-c", file.toString()));
            command.addAll(arguments);
            command.addAll(restart.length == 0 ? List.of("--disable-hot-restart") : List.of(restart));
            return new EnvoyProcess(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start(),
                    "http://" + admin, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What Envoy prints when it only checks a bootstrap. */
    public static String validate(Path folder, String bootstrap) throws IOException {
        Path config = Files.writeString(folder.resolve("validated.yaml"), bootstrap);
        Process process = new ProcessBuilder(binary().toString(), "--mode", "validate", "--disable-hot-restart", "-c", config.toString(),
                "--log-level", "error").redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** A bootstrap that takes everything from an ADS server. */
    public static String bootstrap(String node, String serverAddress, boolean incremental) {
        return """
                node: {id: %1$s, cluster: %1$s}
                dynamic_resources:
                  ads_config:
                    api_type: %2$s
                    transport_api_version: V3
                    grpc_services:
                    - envoy_grpc:
                        cluster_name: sockway
                        retry_policy: {retry_back_off: {base_interval: 0.1s, max_interval: 0.5s}}
                  lds_config: {ads: {}, resource_api_version: V3}
                  cds_config: {ads: {}, resource_api_version: V3}
                static_resources:
                  clusters:
                %3$s""".formatted(node, incremental ? "DELTA_GRPC" : "GRPC", serverCluster(serverAddress, ""));
    }

    /** The cluster of a management server, indented for a bootstrap; {@code extra} are further lines of it. */
    public static String serverCluster(String address, String extra) {
        String where = address.startsWith("unix:") ? "pipe: {path: %s}".formatted(address.substring(5))
                : "socket_address: {address: %s, port_value: %s}".formatted(address.split(":")[0], address.split(":")[1]);
        return """
                  - name: sockway
                    connect_timeout: 1s
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config: {http2_protocol_options: {}}
                    load_assignment:
                      cluster_name: sockway
                      endpoints: [{lb_endpoints: [{endpoint: {address: {%s}}}]}]
                """.formatted(where) + extra;
    }

    public static Path binary() {
        Optional<Path> named = Optional.ofNullable(System.getenv("SOCKWAY_ENVOY")).map(Path::of);
        Stream<Path> project = Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(".tools/envoy/envoy"));
        Stream<Path> path = Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, "envoy"));
        return named.or(() -> Stream.concat(project, path).filter(Files::isExecutable).findFirst())
                .orElseThrow(() -> new AssertionError("envoy not found; run make deps"));
    }

    public static int freePort() {
        return freePort("127.0.0.1");
    }

    /**
     * A port of a loopback address that is free now. It is none of those that the kernel gives to whoever asks for any, since it could
     * be somebody else's before Envoy listens there; and each process begins elsewhere, since others look for ports in this way too.
     */
    public static int freePort(String address) {
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + NEXT_PORT.getAndUpdate(next -> (next + 1) % PORTS);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(address, port));
                return port;
            } catch (BindException e) {
                // taken: the next one
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new AssertionError("no port of " + address + " is free");
    }

    public EnvoyProcess awaitReady() {
        await("ready", () -> get(admin + "/ready").map(reply -> reply.statusCode() == 200).orElse(false));
        return this;
    }

    public long statistic(String name) {
        return get(admin + "/stats?filter=%5E" + name.replace(".", "%5C.") + "%24")
                .map(reply -> reply.body()).filter(body -> !body.isBlank())
                .map(body -> Long.parseLong(body.substring(body.lastIndexOf(':') + 1).strip())).orElse(0L);
    }

    /** Where its admin server listens, {@code HOST:PORT}. */
    public String adminAddress() {
        return admin.substring("http://".length());
    }

    /** Waits until none of these gauges counts anything. */
    public void awaitIdle(String... activeGauges) {
        await("idle", () -> Stream.of(activeGauges).allMatch(gauge -> statistic(gauge) == 0));
    }

    public void awaitReply(String url, int status, String body) {
        await("%d %s at %s".formatted(status, body, url),
                () -> get(url).map(reply -> reply.statusCode() == status && reply.body().contains(body)).orElse(false));
    }

    public void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end || !process.isAlive()) {
                throw new AssertionError("not " + what + " in time; Envoy's log:\n" + log());
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String admin(String path) {
        return get(admin + path).map(HttpResponse::body).orElse("");
    }

    /** Asks on a connection of its own, which is closed afterwards. */
    public static void getAndClose(String url) {
        try (HttpClient once = HttpClient.newHttpClient()) {
            once.send(HttpRequest.newBuilder(URI.create(url)).version(HttpClient.Version.HTTP_1_1).build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Optional<HttpResponse<String>> get(String url) {
        try {
            return Optional.of(HTTP.send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it without warning. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
