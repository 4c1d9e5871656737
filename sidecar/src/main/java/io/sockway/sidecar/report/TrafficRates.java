package io.sockway.sidecar.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What happened between two answers of {@code /telemetry}. Stateless; thread-safe. */
public final class TrafficRates {
    private static final List<String> ENDS = List.of("reporter", "source", "sourceNamespace", "destination", "destinationNamespace",
            "service");
    private static final List<String> COUNTS = List.of("requests", "errors", "opened", "closed", "received", "sent");

    private TrafficRates() {
    }

    /**
     * Rates, the share of errors and percentiles of each pair, the busiest first. A pair of which anything is less than before began
     * again at zero; of one that the earlier answer may have left out, nothing is taken as new.
     */
    public static JsonObject between(JsonObject before, JsonObject now) {
        double seconds = Math.max(1, now.get("timeMillis").getAsLong() - before.get("timeMillis").getAsLong()) / 1000.0;
        Map<String, JsonObject> old = new HashMap<>();
        before.getAsJsonArray("rows").forEach(row -> old.put(key(row.getAsJsonObject()), row.getAsJsonObject()));
        boolean whole = before.get("total").getAsInt() <= old.size();
        double[] bounds = now.getAsJsonArray("boundsMilliseconds").asList().stream().mapToDouble(JsonElement::getAsDouble).toArray();
        List<JsonObject> rows = new ArrayList<>();
        for (JsonElement each : now.getAsJsonArray("rows")) {
            JsonObject row = each.getAsJsonObject();
            JsonObject last = old.getOrDefault(key(row), whole ? null : row);
            rows.add(rates(last == null || beganAgain(last, row) ? null : last, row, seconds, bounds));
        }
        rows.sort(Comparator.comparingDouble((JsonObject row) -> row.get("requestsPerSecond").getAsDouble()
                + row.get("openedPerSecond").getAsDouble()).reversed().thenComparing(TrafficRates::key));
        JsonObject rates = new JsonObject();
        rates.addProperty("seconds", seconds);
        rates.add("total", now.get("total"));
        JsonArray all = new JsonArray();
        rows.forEach(all::add);
        rates.add("rows", all);
        rates.add("telemetry", now.get("telemetry"));
        return rates;
    }

    private static String key(JsonObject row) {
        return ENDS.stream().map(end -> row.get(end).getAsString()).collect(Collectors.joining("\0"));
    }

    private static boolean beganAgain(JsonObject before, JsonObject now) {
        JsonArray old = before.getAsJsonArray("durations");
        JsonArray durations = now.getAsJsonArray("durations");
        return COUNTS.stream().anyMatch(count -> now.get(count).getAsLong() < before.get(count).getAsLong())
                || IntStream.range(0, old.size()).anyMatch(i -> durations.get(i).getAsLong() < old.get(i).getAsLong());
    }

    private static JsonObject rates(JsonObject before, JsonObject now, double seconds, double[] bounds) {
        JsonObject rates = new JsonObject();
        ENDS.forEach(end -> rates.add(end, now.get(end)));
        long requests = more(before, now, "requests");
        rates.addProperty("requests", now.get("requests").getAsLong());
        rates.addProperty("requestsPerSecond", requests / seconds);
        rates.add("errorShare", requests == 0 ? JsonNull.INSTANCE : new JsonPrimitive(
                (double) more(before, now, "errors") / requests));
        long[] durations = now.getAsJsonArray("durations").asList().stream().mapToLong(JsonElement::getAsLong).toArray();
        for (int i = 0; i < durations.length; i++) {
            durations[i] -= before == null ? 0 : before.getAsJsonArray("durations").get(i).getAsLong();
        }
        for (int percent : new int[] {50, 90, 99}) {
            rates.addProperty("p" + percent, percentile(durations, bounds, percent / 100.0));
        }
        for (String flow : List.of("opened", "closed", "received", "sent")) {
            rates.addProperty(flow + "PerSecond", more(before, now, flow) / seconds);
        }
        return rates;
    }

    private static long more(JsonObject before, JsonObject now, String key) {
        return now.get(key).getAsLong() - (before == null ? 0 : before.get(key).getAsLong());
    }

    /** Within a bucket values are taken as spread evenly; above the last bound as at it. Null where there are none. */
    private static Double percentile(long[] buckets, double[] bounds, double share) {
        long all = Arrays.stream(buckets).sum();
        double rank = share * all;
        double below = 0;
        for (int i = 0; i < buckets.length && all > 0; i++) {
            if (below + buckets[i] >= rank && buckets[i] > 0) {
                if (i == bounds.length) {
                    return bounds[i - 1];
                }
                double from = i == 0 ? 0 : bounds[i - 1];
                return from + (bounds[i] - from) * (rank - below) / buckets[i];
            }
            below += buckets[i];
        }
        return null;
    }
}
