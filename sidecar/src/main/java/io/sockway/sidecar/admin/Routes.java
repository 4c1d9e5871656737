package io.sockway.sidecar.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.concurrent.Callable;

/** What there is at which path. */
final class Routes {
    static final Reply ALIVE = Reply.text(HttpResponseStatus.OK, "ok");
    static final Reply UNKNOWN = unknown("/ /status /flows /metrics /healthz /readyz");
    private static final Reply XDS_UNKNOWN = unknown("/status /metrics /healthz /readyz");

    private final Map<String, Callable<Reply>> work;
    private final Reply unknown;

    private Routes(Map<String, Callable<Reply>> work, Reply unknown) {
        this.work = work;
        this.unknown = unknown;
    }

    /** Those of the sidecar. */
    static Routes of(AdminSource source) {
        Scrape scrape = new Scrape(source);
        return new Routes(Map.of(
                "/", LivePage::reply,
                "/status", () -> Reply.json(source.status()),
                "/flows", () -> Reply.json(source.flows()),
                "/metrics", scrape::reply,
                "/readyz", () -> readiness(source)), UNKNOWN);
    }

    /** Those of a management server, which is ready from its start. */
    static Routes of(XdsAdminSource source) {
        return new Routes(Map.of(
                "/status", () -> Reply.json(source.status()),
                "/metrics", () -> Reply.metrics(Metrics.CONTENT_TYPE, source.metrics()),
                "/readyz", () -> ALIVE), XDS_UNKNOWN);
    }

    /** An answer that needs no work, or null where {@link #work} has to find it. */
    Reply immediate(String path) {
        if (path.equals("/healthz")) {
            return ALIVE;
        }
        return work.containsKey(path) ? null : unknown;
    }

    /** Finds the answer for a path that has none at once. Runs off the event loop. */
    Reply work(String path) {
        try {
            return work.get(path).call();
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            return Reply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, path + " failed: " + Causes.line(e));
        }
    }

    private static Reply unknown(String paths) {
        return Reply.text(HttpResponseStatus.NOT_FOUND, "not found; there are " + paths);
    }

    private static Reply readiness(AdminSource source) {
        return Reply.text(source.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, source.readiness());
    }

    /** Most processes are never scraped: Micrometer is loaded by the first scrape. */
    private static final class Scrape {
        private final AdminSource source;
        private Metrics metrics;

        private Scrape(AdminSource source) {
            this.source = source;
        }

        private synchronized Reply reply() {
            if (metrics == null) {
                metrics = new Metrics(source);
            }
            return Reply.metrics(Metrics.CONTENT_TYPE, metrics.scrape());
        }
    }
}
