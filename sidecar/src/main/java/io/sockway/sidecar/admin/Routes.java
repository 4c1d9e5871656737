package io.sockway.sidecar.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.concurrent.Callable;

/** What there is at which path. */
final class Routes {
    static final Reply ALIVE = Reply.text(HttpResponseStatus.OK, "ok");
    static final Reply UNKNOWN = Reply.text(HttpResponseStatus.NOT_FOUND,
            "not found; there are / /status /flows /metrics /healthz /readyz");

    private final AdminSource source;
    private final Map<String, Callable<Reply>> work;
    private Metrics metrics;

    Routes(AdminSource source) {
        this.source = source;
        this.work = Map.of(
                "/", LivePage::reply,
                "/status", () -> Reply.json(source.status()),
                "/flows", () -> Reply.json(source.flows()),
                "/metrics", this::scrape,
                "/readyz", this::readiness);
    }

    /** An answer that needs no work, or null where {@link #work} has to find it. */
    Reply immediate(String path) {
        if (path.equals("/healthz")) {
            return ALIVE;
        }
        return work.containsKey(path) ? null : UNKNOWN;
    }

    /** Finds the answer for a path that has none at once. Runs off the event loop. */
    Reply work(String path) {
        try {
            return work.get(path).call();
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            return Reply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, path + " failed: " + Causes.line(e));
        }
    }

    private Reply readiness() {
        return Reply.text(source.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, source.readiness());
    }

    /** Most processes are never scraped: Micrometer is loaded by the first scrape. */
    private synchronized Reply scrape() {
        if (metrics == null) {
            metrics = new Metrics(source);
        }
        return Reply.metrics(Metrics.CONTENT_TYPE, metrics.scrape());
    }
}
