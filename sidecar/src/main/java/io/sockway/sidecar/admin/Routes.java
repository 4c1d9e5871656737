package io.sockway.sidecar.admin;

import com.google.gson.JsonObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sockway.xds.transport.Causes;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What there is at which path. */
final class Routes {
    static final Reply ALIVE = Reply.text(HttpResponseStatus.OK, "ok");
    static final Reply UNKNOWN = unknown("/ /status /flows /metrics /healthz /readyz");
    private static final Reply BOTH_UNKNOWN = unknown("/ /status /flows /telemetry /telemetry/config /metrics /healthz /readyz");
    private static final Reply TELEMETRY_UNKNOWN = unknown("/ /status /telemetry /telemetry/config /metrics /healthz /readyz");
    private static final Reply XDS_UNKNOWN = unknown("/status /metrics /healthz /readyz");

    private static final Set<String> LARGE = Set.of("/metrics", "/flows", "/telemetry");

    /** Finds an answer. */
    @FunctionalInterface
    private interface Route {
        Reply reply(Ask ask) throws Exception;
    }

    private final Map<String, Route> work;
    private final Reply unknown;

    private Routes(Map<String, Route> work, Reply unknown) {
        this.work = work;
        this.unknown = unknown;
    }

    /** Those of the sidecar. */
    static Routes of(AdminSource source, Optional<TelemetrySource> telemetry) {
        Scrape scrape = new Scrape(source::version, Optional.of(source), telemetry);
        Map<String, Route> work = new HashMap<>(Map.of(
                "/", _ -> LivePage.reply(),
                "/status", _ -> Reply.json(status(source, telemetry)),
                "/flows", _ -> Reply.json(source.flows()),
                "/metrics", scrape::reply,
                "/readyz", _ -> readiness(source.ready(), source.readiness())));
        telemetry.ifPresent(its -> add(work, its));
        return new Routes(work, telemetry.isPresent() ? BOTH_UNKNOWN : UNKNOWN);
    }

    /** Those of telemetry without the accelerator. */
    static Routes of(String version, TelemetrySource telemetry) {
        Scrape scrape = new Scrape(() -> version, Optional.empty(), Optional.of(telemetry));
        Map<String, Route> work = new HashMap<>(Map.of(
                "/", _ -> LivePage.reply(),
                "/status", _ -> Reply.json(status(version, telemetry)),
                "/metrics", scrape::reply,
                "/readyz", _ -> readiness(telemetry.ready(), telemetry.readiness())));
        add(work, telemetry);
        return new Routes(work, TELEMETRY_UNKNOWN);
    }

    private static void add(Map<String, Route> work, TelemetrySource telemetry) {
        work.put("/telemetry", _ -> Reply.json(telemetry.traffic()));
        work.put("/telemetry/config", _ -> Reply.yaml(telemetry.configuration()));
    }

    private static JsonObject status(AdminSource source, Optional<TelemetrySource> telemetry) {
        JsonObject status = source.status();
        telemetry.ifPresent(its -> status.add("telemetry", its.status()));
        return status;
    }

    private static JsonObject status(String version, TelemetrySource telemetry) {
        JsonObject status = new JsonObject();
        status.addProperty("version", version);
        status.add("telemetry", telemetry.status());
        return status;
    }

    /** Those of a management server, which is ready from its start. */
    static Routes of(XdsAdminSource source) {
        return new Routes(Map.of(
                "/status", _ -> Reply.json(source.status()),
                "/metrics", _ -> Reply.metrics(Metrics.CONTENT_TYPE, source.metrics()),
                "/readyz", _ -> ALIVE), XDS_UNKNOWN);
    }

    /** An answer that needs no work, or null where {@link #work} has to find it. */
    Reply immediate(String path) {
        if (path.equals("/healthz")) {
            return ALIVE;
        }
        return work.containsKey(path) ? null : unknown;
    }

    /** Whether the answer is as long as what it is about, be that thousands of flows or series. */
    boolean large(String path) {
        return LARGE.contains(path);
    }

    /** Finds the answer for a path that has none at once. Runs off the event loop. */
    Reply work(Ask ask) {
        try {
            return work.get(ask.path()).reply(ask);
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            return Reply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, ask.path() + " failed: " + Causes.line(e));
        }
    }

    private static Reply unknown(String paths) {
        return Reply.text(HttpResponseStatus.NOT_FOUND, "not found; there are " + paths);
    }

    private static Reply readiness(boolean ready, String words) {
        return Reply.text(ready ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, words);
    }

    /** Most processes are never scraped: Micrometer is loaded by the first scrape. */
    private static final class Scrape {
        private final Supplier<String> version;
        private final Optional<AdminSource> accelerator;
        private final Optional<TelemetrySource> telemetry;
        private Metrics metrics;

        private Scrape(Supplier<String> version, Optional<AdminSource> accelerator, Optional<TelemetrySource> telemetry) {
            this.version = version;
            this.accelerator = accelerator;
            this.telemetry = telemetry;
        }

        private synchronized Reply reply(Ask ask) throws IOException {
            if (metrics == null) {
                metrics = new Metrics(version.get(), accelerator, telemetry);
            }
            return metrics.reply(ask);
        }
    }
}
