package io.sockway.bench.telemetry;

import io.sockway.bench.lab.Envoy;
import io.sockway.xds.stats.Series;
import io.sockway.xds.stats.SlabReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** Reads how many requests a telemetry has counted, where it is meant to be read. */
interface Counted {
    /** So far. */
    long requests();

    /** Requests that the telemetry told to have left out. */
    default long dropped() {
        return 0;
    }

    /** By the plugin, in its slabs. */
    static Counted inSlabs(Path folder) {
        return () -> {
            AtomicLong requests = new AtomicLong();
            try (SlabReader reader = SlabReader.observer(folder)) {
                reader.refresh();
                reader.forEach(series -> requests.addAndGet(series.count(Series.Counter.REQUESTS)));
                return requests.get();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /**
     * By a collector.
     *
     * @param dropped the name of Envoy's statistic of entries that it did not send
     */
    static Counted collected(CollectorProcess collector, Envoy envoy, String dropped) {
        return new Counted() {
            @Override
            public long requests() {
                return collector.requests();
            }

            @Override
            public long dropped() {
                return envoy.statistic(dropped);
            }
        };
    }

    /** By Envoy's stats access logger, on Envoy's own page. */
    static Counted onPage(Envoy envoy) {
        return () -> envoy.admin("/stats/prometheus?filter=istio.*requests_total").body().lines()
                .filter(line -> line.startsWith("envoy_istio_requests_total{"))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1))).sum();
    }
}
