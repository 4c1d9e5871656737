package io.sockway.bench.telemetry;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.User;
import java.io.IOException;
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
import java.util.List;
import java.util.Optional;

/** A real Envoy outside of all namespaces, so that it reaches servers of the test. It answers 200, 404, and 503 by /dead. */
final class EnvoyOnLoopback {
    /** Nothing else of this machine listens here: Envoys share ports with whoever has them. */
    static final String ADDRESS = "127.78.%d.%d".formatted(ProcessHandle.current().pid() / 250 % 250 + 1,
            ProcessHandle.current().pid() % 250 + 1);

    private static final String STATISTICS = "inbound";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final int adminPort = freePort();
    private final int port = freePort();
    private final LabProcess process;

    EnvoyOnLoopback(Lab lab, Telemetry telemetry, int collectorPort, int appPort) throws IOException {
        Path folder = Files.createDirectories(lab.directory("envoy"));
        Files.setAttribute(folder, "unix:uid", User.PROXY.uid());
        ProxyParts parts = ProxyParts.of(telemetry, new ProxyParts.Surroundings(ADDRESS, collectorPort, folder, 0));
        List<Object> routes = List.of(ProxyBootstrap.direct("/direct", 200, 20), ProxyBootstrap.direct("/missing", 404, 5),
                ProxyBootstrap.proxied("/app"), ProxyBootstrap.proxied("/dead"));
        Path file = folder.resolve("bootstrap.json");
        Files.writeString(file, ProxyBootstrap.of(new ProxyBootstrap.Inbound(ADDRESS, adminPort, routes, appPort),
                List.of(new ProxyBootstrap.Listener(port, STATISTICS, parts))));
        process = lab.hostProcesses("envoy").start(lab.scope(), new ProcessSpec("envoy", User.PROXY, List.of(
                EnvoyBinary.find(Optional.empty()).path().toString(), "--config-path", file.toString(), "--concurrency", "1",
                "--disable-hot-restart", "--log-level", "warning")));
        Await.until(() -> {
            process.requireAlive();
            return admin("/ready").contains("LIVE");
        }, LIMIT, () -> "Envoy does not get ready: " + process.output());
    }

    RawHttp connect() throws IOException {
        return new RawHttp(ADDRESS, port);
    }

    /** Requests that it has answered, by its own count. */
    long requests() {
        return statistic("http." + STATISTICS + ".downstream_rq_completed");
    }

    long statistic(String name) {
        String line = admin("/stats?filter=" + URLEncoder.encode("^" + name.replace(".", "\\.") + "$", StandardCharsets.UTF_8));
        return line.isBlank() ? 0 : Long.parseLong(line.substring(line.lastIndexOf(':') + 1).strip());
    }

    LabProcess process() {
        return process;
    }

    /** Resident memory in KiB. */
    long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmRSS")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String admin(String path) {
        try {
            return client.send(HttpRequest.newBuilder(URI.create("http://" + ADDRESS + ":" + adminPort + path)).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
