package io.sockway.sidecar.telemetry;

import io.sockway.xds.logger.Caps;
import io.sockway.xds.logger.Series;
import io.sockway.xds.peers.PeerListener;
import io.sockway.xds.peers.PeerTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What Envoy's stats logger is going to hold against what it may: beyond its caps it drops series without a word.
 *
 * @param workloads that are known as peers, 0 if that cannot be told
 * @param caps of the logger
 */
record ExpectedSeries(int workloads, Caps caps) {
    /** Codes that a service usually answers with. */
    private static final int CODES = 5;
    /** Calls come with mutual TLS and without, while a mesh is on its way. */
    private static final int POLICIES = 2;

    /** Of the peers in a file; those of Kubernetes are not waited for. */
    static ExpectedSeries of(TelemetrySettings settings) {
        Optional<String> file = settings.peers().filter(source -> !source.equals("kubernetes"));
        AtomicReference<PeerTable> table = new AtomicReference<>(PeerTable.EMPTY);
        if (file.isPresent()) {
            PeerListener listener = new PeerListener() {
                @Override
                public void changed(PeerTable now, PeerTable.Changes changes, Duration age) {
                    table.set(now);
                }

                @Override
                public void troubled(String reason) {
                    throw new TelemetryException("--peers: " + reason);
                }
            };
            try (AutoCloseable _ = Peers.of(settings).open(listener)) {
                return of(table.get(), EnvoyFragments.caps(settings));
            } catch (TelemetryException e) {
                throw e;
            } catch (Exception e) {
                throw new TelemetryException("--peers " + file.get() + ": " + e.getMessage(), e);
            }
        }
        return of(table.get(), EnvoyFragments.caps(settings));
    }

    static ExpectedSeries of(PeerTable table, Caps caps) {
        return new ExpectedSeries((int) table.workloads().values().stream().map(peer -> Map.entry(peer.name(), peer.namespace())).distinct()
                .count(), caps);
    }

    /** If every peer calls, and is called. */
    Series expected() {
        return Series.http(Math.max(1, workloads), 1, CODES, POLICIES);
    }

    Optional<String> excess() {
        return workloads == 0 ? Optional.empty() : expected().excess(caps).map(excess -> excess
                + (expected().counters() > TelemetrySettings.MOST_SERIES ? "" : ": --telemetry-max-series " + expected().counters()
                + " makes room for all") + "; the plugin counts what exceeds its own");
    }

    List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (workloads == 0) {
            Series one = Series.http(1, 1, CODES, POLICIES);
            remarks.add(String.format(Locale.ROOT,
                    "each listener's logger holds %,d counters and %,d histograms: %,d callers with %d "
                    + "response codes and %d security policies; Envoy drops what exceeds that without a word. --peers tells how many to "
                    + "expect",
                    caps.counters(), caps.histograms(), Math.min(caps.counters() / one.counters(), caps.histograms() / one.histograms()),
                    CODES, POLICIES));
        } else {
            Series all = expected();
            remarks.add(String.format(Locale.ROOT,
                    "%,d workloads, if each calls and is called: %,d counters and %,d histograms a listener, "
                    + "of %,d and %,d", workloads, all.counters(), all.histograms(), caps.counters(), caps.histograms()));
            excess().ifPresent(remarks::add);
        }
        remarks.add("idle series make room only if Envoy's bootstrap has stats_eviction_interval");
        return remarks;
    }
}
