package io.sockway.bench.lab;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A running Envoy in a pod, with one worker thread; the scope that it was started in owns the process. */
public final class Envoy {
    /** Where its bootstrap has to put its admin server, on 127.0.0.1. */
    public static final int ADMIN_PORT = 15000;

    private static final URI ADMIN = URI.create("http://127.0.0.1:" + ADMIN_PORT);
    private static final Duration START_LIMIT = Duration.ofSeconds(20);

    private final Pod pod;
    private final LabProcess process;
    private final String statPrefix;

    private Envoy(Pod pod, LabProcess process, String statPrefix) {
        this.pod = pod;
        this.process = process;
        this.statPrefix = statPrefix;
    }

    /**
     * Starts it as the pod's proxy and returns before it is ready.
     *
     * @param statPrefix how the statistics of its HTTP connection manager begin, after "http."
     * @param folder for its configuration
     */
    public static Envoy start(Scope scope, EnvoyBinary binary, Pod pod, String bootstrap, String statPrefix, Path folder) {
        Path file = folder.resolve("envoy-" + pod.name() + ".json");
        try {
            Files.writeString(file, bootstrap);
        } catch (IOException e) {
            throw new LabException("cannot write " + file, e);
        }
        // Hot restart would make the two Envoys share a region in /dev/shm, which is not part of a network namespace.
        LabProcess process = pod.processes().start(scope, new ProcessSpec("envoy (" + pod.name() + ")", User.PROXY, List.of(
                binary.path().toString(), "--config-path", file.toString(), "--concurrency", "1", "--disable-hot-restart",
                "--log-level", "warning")));
        return new Envoy(pod, process, statPrefix);
    }

    /** Waits until all its listeners and clusters are up. */
    public void awaitReady() {
        Await.until(() -> {
            process.requireAlive();
            return isReady();
        }, START_LIMIT, () -> process.failure("did not get ready within %d s".formatted(START_LIMIT.toSeconds())).getMessage());
    }

    /** HTTP requests that it has answered so far. */
    public long requests() {
        return statistic("http." + statPrefix + ".downstream_rq_completed");
    }

    /** Connections that the listener of the service's own port has got from 15001 so far. */
    long serviceConnections() {
        return statistic("listener." + EnvoyBootstrap.SERVICE_LISTENER + ".downstream_cx_total");
    }

    /** The present value of a counter or gauge; 0 when Envoy has none of this name. */
    public long statistic(String name) {
        String filter = "^" + name.replace(".", "\\.") + "$";
        String body = admin("/stats?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8)).body();
        return body.isBlank() ? 0 : Long.parseLong(body.substring(body.lastIndexOf(':') + 1).strip());
    }

    public LabProcess process() {
        return process;
    }

    private boolean isReady() {
        try {
            return pod.namespace().call(() -> HttpReply.get(ADMIN.resolve("/ready"))).status() == 200;
        } catch (IOException e) {
            return false;
        } catch (Exception e) {
            throw new LabException("cannot ask " + process.name() + " whether it is ready", e);
        }
    }

    /** What its admin server answers. */
    public HttpReply admin(String path) {
        try {
            return pod.namespace().call(() -> HttpReply.get(ADMIN.resolve(path)));
        } catch (Exception e) {
            throw new LabException("cannot read " + path + " of " + process.name(), e);
        }
    }
}
