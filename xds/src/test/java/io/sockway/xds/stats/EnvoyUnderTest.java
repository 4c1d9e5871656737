package io.sockway.xds.stats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
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
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A real Envoy on loopback, with the plugin. */
final class EnvoyUnderTest implements AutoCloseable {
    /**
     * A loopback address that nothing else on this machine uses: Envoy's listeners share their ports with whoever has them already, and
     * would share the requests as well.
     */
    static final String ADDRESS = "127.77.%d.%d".formatted(ProcessHandle.current().pid() / 250 % 250 + 1,
            ProcessHandle.current().pid() % 250 + 1);

    private static final HttpClient ADMIN = HttpClient.newHttpClient();

    private final Process process;
    private final int adminPort;
    private final Path log;

    /** Starts an Envoy with two workers and waits until it serves. {@code more} are further arguments. */
    EnvoyUnderTest(Path folder, String bootstrap, int adminPort, String... more) throws IOException {
        this.adminPort = adminPort;
        Path config = folder.resolve("envoy-" + adminPort + ".json");
        Files.writeString(config, bootstrap);
        log = folder.resolve("envoy-" + adminPort + ".log");
        List<String> command = new ArrayList<>(List.of(binary().toString(), "--config-path", config.toString(), "--concurrency", "2",
                "--log-level", "info", "--drain-time-s", "1", "--parent-shutdown-time-s", "3"));
        command.addAll(more.length == 0 ? List.of("--disable-hot-restart") : List.of(more));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        await("Envoy to serve", () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("Envoy has ended: " + log());
            }
            return get("/ready").map(answer -> answer.statusCode() == 200).orElse(false);
        });
    }

    /** What Envoy prints when it only checks a configuration. */
    static String validate(Path folder, String bootstrap) throws IOException {
        Path config = Files.writeString(folder.resolve("validated.json"), bootstrap);
        Process process = new ProcessBuilder(binary().toString(), "--mode", "validate", "--disable-hot-restart", "--config-path",
                config.toString(), "--log-level", "error").redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Looks where mesh-bench's lab does: SOCKWAY_ENVOY, the project's own tools, PATH. */
    private static Path binary() {
        Stream<Path> projects = Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(".tools/envoy/envoy"));
        Stream<Path> path = Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, "envoy"));
        return Stream.concat(Stream.concat(Optional.ofNullable(System.getenv("SOCKWAY_ENVOY")).map(Path::of).stream(), projects), path)
                .filter(Files::isExecutable).findFirst()
                .orElseThrow(() -> new IllegalStateException("envoy not found; run make deps, or name one with SOCKWAY_ENVOY"));
    }

    /** A port that is free now. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The present value of a counter or gauge, 0 if there is none. */
    long statistic(String name) {
        String filter = URLEncoder.encode("^" + name.replace(".", "\\.") + "$", StandardCharsets.UTF_8);
        String body = get("/stats?filter=" + filter).orElseThrow().body();
        return body.isBlank() ? 0 : Long.parseLong(body.substring(body.lastIndexOf(':') + 1).strip());
    }

    /** Waits until no request and no TCP connection is under way. */
    void awaitIdle(String... activeGauges) {
        await("Envoy to be idle", () -> Stream.of(activeGauges).allMatch(gauge -> statistic(gauge) == 0));
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it without warning. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            pause(20);
        }
    }

    static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IllegalStateException(e);
        }
    }

    private Optional<HttpResponse<String>> get(String path) {
        try {
            return Optional.of(ADMIN.send(HttpRequest.newBuilder(URI.create("http://" + ADDRESS + ":" + adminPort + path)).build(),
                    HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
