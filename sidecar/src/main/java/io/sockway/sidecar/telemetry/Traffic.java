package io.sockway.sidecar.telemetry;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.xds.stats.Label;
import io.sockway.xds.stats.Series;
import io.sockway.xds.stats.SlabReader;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What each workload has asked of each other, summed over codes and everything else. Not safe for use by several threads. */
final class Traffic {
    private static final int ROWS = 500;

    /** Who asks whom, as the one or the other has counted. */
    private record Pair(String reporter, String source, String sourceNamespace, String destination, String destinationNamespace,
            String service) {
        static Pair of(Series series) {
            return new Pair(series.label(Label.REPORTER), series.label(Label.SOURCE_WORKLOAD),
                    series.label(Label.SOURCE_WORKLOAD_NAMESPACE),
                    series.label(Label.DESTINATION_WORKLOAD), series.label(Label.DESTINATION_WORKLOAD_NAMESPACE),
                    series.label(Label.DESTINATION_SERVICE));
        }
    }

    private static final class Sums {
        private final long[] durations = new long[Series.durationBounds().length + 1];
        private long requests;
        private long errors;
        private long opened;
        private long closed;
        private long received;
        private long sent;

        void add(Series series) {
            long more = series.count(Series.Counter.REQUESTS);
            requests += more;
            errors += series.label(Label.RESPONSE_CODE).startsWith("5") ? more : 0;
            opened += series.count(Series.Counter.TCP_OPENED);
            closed += series.count(Series.Counter.TCP_CLOSED);
            received += series.count(Series.Counter.TCP_RECEIVED_BYTES);
            sent += series.count(Series.Counter.TCP_SENT_BYTES);
            for (int i = 0; i < durations.length; i++) {
                durations[i] += series.durations(i);
            }
        }
    }

    private final Map<Pair, Sums> pairs = new HashMap<>();

    /** As the reader has it. */
    static JsonObject of(SlabReader reader) {
        Traffic traffic = new Traffic();
        reader.forEach(series -> traffic.pairs.computeIfAbsent(Pair.of(series), _ -> new Sums()).add(series));
        return traffic.json();
    }

    /** The busiest first. */
    private JsonObject json() {
        List<Map.Entry<Pair, Sums>> busiest = pairs.entrySet().stream().sorted(Comparator.comparingLong(
                (Map.Entry<Pair, Sums> entry) -> entry.getValue().requests + entry.getValue().opened).reversed()).toList();
        JsonArray rows = new JsonArray();
        busiest.stream().limit(ROWS).forEach(entry -> rows.add(row(entry.getKey(), entry.getValue())));
        JsonArray bounds = new JsonArray();
        for (double bound : Series.durationBounds()) {
            bounds.add(bound);
        }
        JsonObject json = new JsonObject();
        json.addProperty("timeMillis", System.nanoTime() / 1_000_000);
        json.add("boundsMilliseconds", bounds);
        json.addProperty("total", busiest.size());
        json.add("rows", rows);
        return json;
    }

    private static JsonObject row(Pair pair, Sums sums) {
        JsonObject row = new JsonObject();
        row.addProperty("reporter", pair.reporter());
        row.addProperty("source", pair.source());
        row.addProperty("sourceNamespace", pair.sourceNamespace());
        row.addProperty("destination", pair.destination());
        row.addProperty("destinationNamespace", pair.destinationNamespace());
        row.addProperty("service", pair.service());
        row.addProperty("requests", sums.requests);
        row.addProperty("errors", sums.errors);
        JsonArray durations = new JsonArray();
        for (long each : sums.durations) {
            durations.add(each);
        }
        row.add("durations", durations);
        row.addProperty("opened", sums.opened);
        row.addProperty("closed", sums.closed);
        row.addProperty("received", sums.received);
        row.addProperty("sent", sums.sent);
        return row;
    }
}
