package io.sockway.bench.telemetry;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Envoy;
import io.sockway.bench.lab.HttpReply;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Nginx;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A listener with a telemetry of a fresh Envoy, and the app behind it. The scope that they were started in owns them. */
final class Proxy {
    private static final Duration FIRST_REPLY_LIMIT = Duration.ofSeconds(10);
    private static final Duration COUNT_LIMIT = Duration.ofSeconds(10);
    private static final AtomicInteger FOLDERS = new AtomicInteger();
    private static final String APP_FILE = "body";
    private static final String STATISTICS = "inbound_";

    private final Place place;
    private final Envoy envoy;
    private final Optional<Nginx> nginx;
    private final ProxyBootstrap.Listener listener;
    private final Optional<Counted> counted;
    private final long countedBefore;

    private Proxy(Place place, Envoy envoy, Optional<Nginx> nginx, ProxyBootstrap.Listener listener, Optional<Counted> counted) {
        this.place = place;
        this.envoy = envoy;
        this.nginx = nginx;
        this.listener = listener;
        this.counted = counted;
        this.countedBefore = counted.map(Counted::requests).orElse(0L);
    }

    /**
     * Starts an Envoy with one telemetry, and the app.
     *
     * @param collector which the telemetry reports to, if it does
     * @param collectorPort where that is
     * @param bodyBytes what a request gets
     * @param hosts how many hosts will be asked for, if each is to be a series of its own; otherwise 0
     */
    static Proxy start(Scope scope, Place place, Telemetry telemetry, Optional<CollectorProcess> collector, int collectorPort,
            int bodyBytes, int hosts) {
        return start(scope, place, List.of(telemetry), collector, collectorPort, bodyBytes, hosts).getFirst();
    }

    /** Starts one Envoy with a listener for each of these telemetries, which need no collector, and one app for all. */
    static List<Proxy> startTogether(Scope scope, Place place, List<Telemetry> telemetries, int bodyBytes) {
        return start(scope, place, telemetries, Optional.empty(), Place.COLLECTOR_PORT, bodyBytes, 0);
    }

    private static List<Proxy> start(Scope scope, Place place, List<Telemetry> telemetries, Optional<CollectorProcess> collector,
            int collectorPort, int bodyBytes, int hosts) {
        Path folder = place.lab().directory("telemetry-" + FOLDERS.incrementAndGet());
        Optional<Nginx> nginx = place.answers() == Answers.NGINX ? Optional.of(Nginx.start(scope, place.others(),
                new Nginx.Site(Place.ADDRESS + ":" + Place.APP_PORT, Map.of(APP_FILE, bodyBytes), ""), folder)) : Optional.empty();
        try {
            Files.setAttribute(folder, "unix:uid", User.PROXY.uid());
        } catch (IOException e) {
            throw new LabException("cannot give " + folder + " to the proxy", e);
        }
        List<ProxyBootstrap.Listener> listeners = telemetries.stream().map(telemetry -> new ProxyBootstrap.Listener(
                Place.port(telemetries.indexOf(telemetry)), STATISTICS + telemetry.option(),
                ProxyParts.of(telemetry, new ProxyParts.Surroundings(Place.ADDRESS, collectorPort, folder, hosts)))).toList();
        Object route = nginx.isPresent() ? ProxyBootstrap.proxied("/") : ProxyBootstrap.direct("/", 200, bodyBytes);
        Envoy envoy = Envoy.start(scope, place.envoy(), place.pod(), ProxyBootstrap.of(new ProxyBootstrap.Inbound(
                Place.ADDRESS, Envoy.ADMIN_PORT, List.of(route), Place.APP_PORT), listeners), listeners.getFirst().statPrefix(), folder);
        envoy.awaitReady();
        List<Proxy> proxies = new ArrayList<>();
        for (int i = 0; i < listeners.size(); i++) {
            proxies.add(new Proxy(place, envoy, nginx, listeners.get(i), counted(telemetries.get(i), envoy, collector, folder)));
        }
        return proxies;
    }

    private static Optional<Counted> counted(Telemetry telemetry, Envoy envoy, Optional<CollectorProcess> collector, Path folder) {
        return switch (telemetry) {
            case NONE, NOOP -> Optional.empty();
            case PLUGIN -> Optional.of(Counted.inSlabs(ProxyParts.slabs(folder)));
            case LOGGER, LOGGER_25 -> Optional.of(Counted.onPage(envoy));
            case ACCESS_LOGS -> Optional.of(Counted.collected(collector.orElseThrow(), envoy, "access_logs.grpc_access_log.logs_dropped"));
            case MIXER, MIXER_LEAN ->
                    Optional.of(Counted.collected(collector.orElseThrow(), envoy, "dynamicmodulescustom.mixer_entries_dropped"));
        };
    }

    URI target() {
        return URI.create("http://%s:%d/%s".formatted(Place.ADDRESS, listener.port(), APP_FILE));
    }

    /** Waits until a request comes back. */
    void awaitReply() {
        HttpReply[] last = new HttpReply[1];
        Await.until(() -> {
            requireAlive();
            try {
                last[0] = place.pod().namespace().call(() -> HttpReply.get(target()));
            } catch (Exception e) {
                throw new LabException("no answer from " + target(), e);
            }
            return last[0].status() == 200;
        }, FIRST_REPLY_LIMIT, () -> "%s answers %d instead of 200".formatted(target(), last[0].status()));
    }

    LabProcess process() {
        return envoy.process();
    }

    void requireAlive() {
        envoy.process().requireAlive();
        nginx.map(Nginx::process).ifPresent(LabProcess::requireAlive);
    }

    /** How many requests the telemetry told to have left out. */
    long dropped() {
        return counted.map(Counted::dropped).orElse(0L);
    }

    /** Waits until the telemetry has counted what Envoy has, every request once, or told that it dropped it; says what is wrong if not. */
    List<String> miscounted() {
        List<String> problems = new ArrayList<>();
        counted.ifPresent(telemetry -> {
            long end = System.nanoTime() + COUNT_LIMIT.toNanos();
            long expected = 0;
            long found = -1;
            while (found != expected && System.nanoTime() < end) {
                Await.sleep(Duration.ofMillis(100));
                expected = statistic("downstream_rq_active") == 0 ? statistic("downstream_rq_total") : -2;
                found = telemetry.requests() - countedBefore + telemetry.dropped();
            }
            if (found != expected) {
                problems.add(expected < 0 ? "requests are still under way"
                        : "%,d requests were counted, and Envoy had %,d".formatted(found, expected));
            }
        });
        return problems;
    }

    private long statistic(String name) {
        return envoy.statistic("http." + listener.statPrefix() + "." + name);
    }
}
