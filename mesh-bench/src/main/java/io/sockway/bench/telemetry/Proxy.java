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

/** A fresh Envoy with a telemetry, and the app behind it. The scope that they were started in owns them. */
final class Proxy {
    private static final Duration FIRST_REPLY_LIMIT = Duration.ofSeconds(10);
    private static final Duration COUNT_LIMIT = Duration.ofSeconds(10);
    private static final AtomicInteger FOLDERS = new AtomicInteger();
    private static final String APP_FILE = "body";
    private static final String STATISTICS = "http." + ProxyBootstrap.STAT_PREFIX + ".";

    private final Place place;
    private final Envoy envoy;
    private final Optional<Nginx> nginx;
    private final Optional<Counted> counted;
    private final long countedBefore;

    private Proxy(Place place, Envoy envoy, Optional<Nginx> nginx, Optional<Counted> counted) {
        this.place = place;
        this.envoy = envoy;
        this.nginx = nginx;
        this.counted = counted;
        this.countedBefore = counted.map(Counted::requests).orElse(0L);
    }

    /**
     * Starts them and returns before they are ready.
     *
     * @param collector which the telemetry reports to, if it does
     * @param collectorPort where that is
     * @param bodyBytes what a request gets
     * @param hosts how many hosts will be asked for, if each is to be a series of its own; otherwise 0
     */
    static Proxy start(Scope scope, Place place, Telemetry telemetry, Optional<CollectorProcess> collector, int collectorPort,
            int bodyBytes, int hosts) {
        Path folder = place.lab().directory("telemetry-" + FOLDERS.incrementAndGet());
        Optional<Nginx> nginx = place.answers() == Answers.NGINX ? Optional.of(Nginx.start(scope, place.others(),
                new Nginx.Site(Place.ADDRESS + ":" + Place.APP_PORT, Map.of(APP_FILE, bodyBytes), ""), folder)) : Optional.empty();
        try {
            Files.setAttribute(folder, "unix:uid", User.PROXY.uid());
        } catch (IOException e) {
            throw new LabException("cannot give " + folder + " to the proxy", e);
        }
        ProxyParts parts = ProxyParts.of(telemetry, new ProxyParts.Surroundings(Place.ADDRESS, collectorPort, folder, hosts));
        Object route = nginx.isPresent() ? ProxyBootstrap.proxied("/") : ProxyBootstrap.direct("/", 200, bodyBytes);
        Envoy envoy = Envoy.start(scope, place.envoy(), place.pod(), ProxyBootstrap.of(new ProxyBootstrap.Inbound(
                Place.ADDRESS, Envoy.ADMIN_PORT, Place.PORT, List.of(route), Place.APP_PORT), parts), ProxyBootstrap.STAT_PREFIX, folder);
        Optional<Counted> counted = switch (telemetry) {
            case NONE, NOOP -> Optional.empty();
            case PLUGIN -> Optional.of(Counted.inSlabs(ProxyParts.slabs(folder)));
            case LOGGER, LOGGER_25 -> Optional.of(Counted.onPage(envoy));
            case ACCESS_LOGS -> Optional.of(Counted.collected(collector.orElseThrow(), envoy, "access_logs.grpc_access_log.logs_dropped"));
            case MIXER, MIXER_LEAN ->
                    Optional.of(Counted.collected(collector.orElseThrow(), envoy, "dynamicmodulescustom.mixer_entries_dropped"));
        };
        envoy.awaitReady();
        return new Proxy(place, envoy, nginx, counted);
    }

    static URI target() {
        return URI.create("http://%s:%d/%s".formatted(Place.ADDRESS, Place.PORT, APP_FILE));
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
                expected = envoy.statistic(STATISTICS + "downstream_rq_active") == 0
                        ? envoy.statistic(STATISTICS + "downstream_rq_total") : -2;
                found = telemetry.requests() - countedBefore + telemetry.dropped();
            }
            if (found != expected) {
                problems.add(expected < 0 ? "requests are still under way"
                        : "%,d requests were counted, and Envoy had %,d".formatted(found, expected));
            }
        });
        return problems;
    }
}
