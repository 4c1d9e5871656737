package io.sockway.bench.telemetry;

import io.sockway.bench.lab.HttpReply;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import io.sockway.bench.mixer.CollectorMain;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A {@link io.sockway.bench.mixer.Collector} in the proxy's pod. The scope that it was started in owns it. */
final class CollectorProcess {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final Pod pod;
    private final LabProcess process;
    private final URI page;

    private CollectorProcess(Pod pod, LabProcess process, URI page) {
        this.pod = pod;
        this.process = process;
        this.page = page;
    }

    /** Starts one that takes reports at {@code port} and has its page at the next, and returns when it listens. */
    static CollectorProcess start(Scope scope, Pod pod, ProcessGroup group, int port, Path folder) {
        Path peers = folder.resolve("peers.yaml");
        try {
            Files.writeString(peers, """
                    peers:
                      %s: {workload: %s, namespace: %s, app: client, version: v1}
                      %s: {workload: %s, namespace: %s, app: web, version: v1}
                    """.formatted(Place.ADDRESS, ProxyParts.CALLER, ProxyParts.NAMESPACE, ProxyParts.WORKLOAD_ADDRESS, ProxyParts.WORKLOAD,
                    ProxyParts.NAMESPACE));
        } catch (IOException e) {
            throw new LabException("cannot write " + peers, e);
        }
        LabProcess process = group.start(scope, new ProcessSpec(Goals.COLLECTOR, User.ROOT, List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC",
                "-XX:-UsePerfData", "-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"), CollectorMain.class.getName(),
                Place.ADDRESS, Integer.toString(port), Integer.toString(port + 1), peers.toString())));
        process.awaitLine(CollectorMain.READY, START_LIMIT);
        return new CollectorProcess(pod, process, URI.create("http://%s:%d/requests".formatted(Place.ADDRESS, port + 1)));
    }

    LabProcess process() {
        return process;
    }

    /** How many requests it has counted. */
    long requests() {
        try {
            return Long.parseLong(pod.namespace().call(() -> HttpReply.get(page)).body());
        } catch (Exception e) {
            throw new LabException("cannot read " + page, e);
        }
    }
}
