package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A server that sends back every byte that it gets: Envoy's echo filter, which is ready at once in a fresh process. */
final class EchoServer {
    private EchoServer() {
    }

    /** Starts it as an app and returns before it listens; the scope owns it. */
    static LabProcess start(Scope scope, EnvoyBinary binary, Pod pod, int port, Path folder) {
        Path file = folder.resolve("echo.json");
        try {
            Files.writeString(file, EnvoyBootstrap.echo(pod, port));
        } catch (IOException e) {
            throw new LabException("cannot write " + file, e);
        }
        return pod.processes().start(scope, new ProcessSpec("echo", User.APP, List.of(
                binary.path().toString(), "--config-path", file.toString(), "--concurrency", "1", "--disable-hot-restart",
                "--log-level", "warning")));
    }
}
