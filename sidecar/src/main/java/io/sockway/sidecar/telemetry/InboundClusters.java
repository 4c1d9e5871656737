package io.sockway.sidecar.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.util.NetUtil;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.json.Json;
import io.sockway.xds.stats.PluginConfig.Service;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Which services an Envoy's inbound clusters stand for: istiod tells it in their metadata, which Envoy's admin server shows. It is asked
 * when an Envoy connects, a few times since its clusters may come a moment later, and then now and then. Thread-safe.
 */
final class InboundClusters {
    /** Where Istio's proxies have it, as they are configured by default. */
    private static final InetSocketAddress ISTIO = new InetSocketAddress("127.0.0.1", 15000);
    private static final List<Duration> AT_FIRST = List.of(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(5));
    private static final Duration LATER = Duration.ofSeconds(30);
    private static final int PATIENCE_MILLIS = 2000;
    private static final int MOST_BYTES = 1 << 20;
    private static final String QUERY = "/config_dump?name_regex=inbound%5C%7C.*&mask=cluster.name,cluster.metadata&resource=";

    private final Optional<InetSocketAddress> told;
    private final InetSocketAddress admin;
    private final ScheduledExecutorService timer;
    private final Runnable changed;
    private boolean asking;
    private SortedMap<String, Service> services = Collections.emptySortedMap();

    /**
     * Asks nobody yet.
     *
     * @param told the admin server, where it is known
     * @param timer that it is asked on
     * @param changed is called there when an answer differs from the one before
     */
    InboundClusters(Optional<InetSocketAddress> told, ScheduledExecutorService timer, Runnable changed) {
        this.told = told;
        this.admin = told.orElse(ISTIO);
        this.timer = timer;
        this.changed = changed;
    }

    /** Begins to ask where it is known whom: of itself only Istio's proxies have an admin server at a known place. */
    synchronized void connected(EnvoyNode node) {
        if (timer.isShutdown() || told.isEmpty() && !node.metadata().containsKey("ISTIO_VERSION")) {
            return;
        }
        if (!asking) {
            asking = true;
            timer.scheduleWithFixedDelay(this::ask, LATER.toMillis(), LATER.toMillis(), TimeUnit.MILLISECONDS);
        }
        AT_FIRST.forEach(delay -> timer.schedule(this::ask, delay.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** By cluster, as the last answer had it. */
    synchronized SortedMap<String, Service> services() {
        return services;
    }

    private void ask() {
        SortedMap<String, Service> now = new TreeMap<>();
        try {
            read("static_clusters", now);
            read("dynamic_active_clusters", now);
        } catch (IOException | RuntimeException e) {
            // Whatever stands at that address may answer anything. What was known stays so. Without any answer, others may tell it.
            return;
        }
        synchronized (this) {
            if (now.equals(services)) {
                return;
            }
            services = Collections.unmodifiableSortedMap(now);
        }
        changed.run();
    }

    private void read(String resource, SortedMap<String, Service> to) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + NetUtil.toSocketAddressString(admin) + QUERY + resource)
                .toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        try (InputStream in = connection.getInputStream()) {
            parse(new String(in.readNBytes(MOST_BYTES), UTF_8), to);
        } finally {
            connection.disconnect();
        }
    }

    /** Of several services of a cluster, Istio counts for the first. */
    static void parse(String dump, SortedMap<String, Service> to) {
        for (JsonElement each : Json.array(JsonParser.parseString(dump).getAsJsonObject(), "configs")) {
            JsonObject cluster = Json.object(each.getAsJsonObject(), "cluster");
            JsonObject metadata = Json.object(Json.object(cluster, "metadata"), "filter_metadata");
            JsonArray services = Json.array(Json.object(metadata, "istio"), "services");
            JsonObject first = services.isEmpty() ? new JsonObject() : services.get(0).getAsJsonObject();
            String host = Json.text(first, "host");
            String name = Json.text(first, "name");
            if (!host.isEmpty()) {
                to.put(Json.text(cluster, "name"), name.isEmpty() ? OwnServices.named(host) : new Service(host, name));
            }
        }
    }
}
