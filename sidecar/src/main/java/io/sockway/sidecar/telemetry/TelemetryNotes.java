package io.sockway.sidecar.telemetry;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What a person should know of telemetry by the plugin, in words. */
final class TelemetryNotes {
    private TelemetryNotes() {
    }

    /** A line on how things are, and one for each thing that is not as it should be. {@code telemetry} is its status. */
    static List<String> lines(JsonObject telemetry) {
        List<String> lines = new ArrayList<>();
        List<JsonObject> envoys = telemetry.getAsJsonArray("envoys").asList().stream().map(JsonElement::getAsJsonObject).toList();
        lines.add("%s of labels of %s; %s, %s, profile %s".formatted(plural(telemetry.get("series").getAsLong(), "set", "sets"),
                plural(telemetry.get("slabs").getAsLong(), "Envoy", "Envoys"),
                envoys.isEmpty() ? "no Envoy is connected" : plural(envoys.size(), "Envoy is", "Envoys are") + " connected",
                plural(telemetry.get("peers").getAsLong(), "peer", "peers"), telemetry.get("profile").getAsString()));
        for (JsonObject envoy : envoys) {
            String id = envoy.get("id").getAsString();
            if (!envoy.get("supported").getAsBoolean()) {
                lines.add("%s is Envoy %s, which the plugin was not tried with: it gets none and is not counted".formatted(id,
                        envoy.get("version").getAsString()));
            }
            if (!envoy.get("rejection").getAsString().isEmpty()) {
                lines.add(id + " refused what it was sent: " + envoy.get("rejection").getAsString());
            }
        }
        long oversized = telemetry.get("oversized").getAsLong();
        long unroomed = telemetry.get("unroomed").getAsLong();
        note(lines, telemetry.get("overflows").getAsLong() - oversized - unroomed,
                "events were counted as 'overflow': --telemetry-max-series " + telemetry.get("maxSeries").getAsString()
                        + " is reached; raise it, or ask for fewer labels");
        note(lines, oversized, "events were counted as 'overflow': their labels are too long together; ask for fewer "
                + "(--telemetry-profile)");
        note(lines, unroomed, "events were counted as 'overflow': their labels are long, and there is no room for these in "
                + telemetry.get("folder").getAsString() + "; enlarge it, or ask for fewer (--telemetry-profile)");
        note(lines, telemetry.get("evictions").getAsLong(), "idle sets of labels made room for others");
        note(lines, telemetry.get("rejections").getAsLong(), "configurations were refused by Envoys so far");
        if (!telemetry.get("peersTrouble").getAsString().isEmpty()) {
            lines.add("peers: " + telemetry.get("peersTrouble").getAsString());
        }
        telemetry.getAsJsonArray("problems").forEach(problem -> lines.add(problem.getAsString()));
        return lines;
    }

    private static void note(List<String> lines, long number, String words) {
        if (number > 0) {
            lines.add(number + " " + words);
        }
    }

    private static String plural(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }
}
