package io.sockway.bench.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

/** A report for programs. The member {@code format} grows by one with every change that a reader could trip over. */
public final class JsonReport {
    private static final int FORMAT = 1;
    private static final double ROUNDING = 1e4;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES).disableHtmlEscaping().create();

    private JsonReport() {
    }

    /** The whole report as one JSON object. */
    public static String render(Report report) {
        JsonObject json = new JsonObject();
        json.addProperty("format", FORMAT);
        json.addProperty("scenario", report.scenario());
        json.addProperty("command", report.command());
        json.addProperty("started", report.started().toString());
        json.addProperty("redone", report.redone());
        json.add("machine", GSON.toJsonTree(report.machine()));
        json.add("load", GSON.toJsonTree(report.load()));
        json.add("variants", array(report.variants().stream().map(JsonReport::variant).toList()));
        json.add("counted_rounds", GSON.toJsonTree(report.countedRounds().stream().map(number -> number + 1).toList()));
        json.add("ratios", array(report.ratios().stream().map(JsonReport::ratio).toList()));
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject variant(VariantResult variant) {
        JsonObject json = new JsonObject();
        json.addProperty("name", variant.name());
        json.addProperty("valid", variant.valid());
        json.add("problems", GSON.toJsonTree(variant.problems()));
        json.add("rounds", array(variant.rounds().stream().map(JsonReport::round).toList()));
        return json;
    }

    private static JsonObject round(Round round) {
        JsonObject json = new JsonObject();
        round.metrics().forEach((metric, value) -> json.addProperty(metric.key(), rounded(value)));
        json.addProperty("errors", round.errors());
        json.addProperty("disturbance", rounded(round.disturbance()));
        JsonObject cpu = new JsonObject();
        round.cpuMicrosByProcess().forEach((process, micros) -> cpu.addProperty(process, rounded(micros)));
        json.add("cpu_us_per_request_by_process", cpu);
        json.add("hops", array(round.hops().stream().map(JsonReport::hop).toList()));
        round.sockway().ifPresent(status -> json.add("sockway", GSON.toJsonTree(status)));
        return json;
    }

    private static JsonObject hop(HopBytes hop) {
        JsonObject json = new JsonObject();
        json.addProperty("hop", hop.hop());
        json.addProperty("local", hop.local());
        json.addProperty("tcp_bytes_received_per_request", rounded(hop.receivedPerRequest()));
        json.addProperty("tcp_bytes_acked_per_request", rounded(hop.ackedPerRequest()));
        return json;
    }

    private static JsonObject ratio(Ratio ratio) {
        JsonObject json = new JsonObject();
        json.addProperty("variant", ratio.variant());
        json.addProperty("baseline", ratio.baseline());
        json.addProperty("metric", ratio.metric().key());
        json.addProperty("median", rounded(ratio.spread().median()));
        json.addProperty("min", rounded(ratio.spread().min()));
        json.addProperty("max", rounded(ratio.spread().max()));
        return json;
    }

    private static JsonArray array(Iterable<? extends JsonElement> elements) {
        JsonArray array = new JsonArray();
        elements.forEach(array::add);
        return array;
    }

    private static double rounded(double value) {
        return Math.round(value * ROUNDING) / ROUNDING;
    }
}
