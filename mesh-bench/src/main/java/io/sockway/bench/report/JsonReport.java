package io.sockway.bench.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** A report for programs. The member {@code format} grows by one with every change that a reader could trip over. */
public final class JsonReport {
    private static final int FORMAT = 2;
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
        json.add("loads", array(report.comparisons().stream().map(JsonReport::load).toList()));
        json.add("variants", array(report.variants().stream().map(name -> variant(report, name)).toList()));
        report.skipped().forEach((name, reason) -> json.getAsJsonArray("variants").add(skipped(name, reason)));
        json.add("ratios", array(report.comparisons().stream()
                .flatMap(comparison -> comparison.ratios().stream().map(ratio -> ratio(comparison, ratio))).toList()));
        if (!report.goals().isEmpty()) {
            json.add("goals", GSON.toJsonTree(report.goals()));
        }
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject load(Comparison comparison) {
        JsonObject json = new JsonObject();
        json.addProperty("load", comparison.label());
        parameters(json, comparison);
        json.add("counted_rounds", GSON.toJsonTree(comparison.countedRounds().stream().map(number -> number + 1).toList()));
        return json;
    }

    private static JsonObject variant(Report report, String name) {
        JsonObject json = new JsonObject();
        JsonArray rounds = new JsonArray();
        JsonArray problems = new JsonArray();
        for (Comparison comparison : report.comparisons()) {
            comparison.variants().stream().filter(variant -> variant.name().equals(name)).forEach(variant -> {
                variant.problems().forEach(problems::add);
                for (int number = 0; number < variant.rounds().size(); number++) {
                    rounds.add(round(comparison, number, variant.rounds().get(number)));
                }
            });
        }
        json.addProperty("name", name);
        json.addProperty("valid", problems.isEmpty());
        json.add("problems", problems);
        json.add("rounds", rounds);
        return json;
    }

    private static JsonObject skipped(String name, String reason) {
        JsonObject json = new JsonObject();
        json.addProperty("name", name);
        json.addProperty("valid", false);
        json.addProperty("skipped", reason);
        json.add("rounds", new JsonArray());
        return json;
    }

    private static JsonObject round(Comparison comparison, int number, Round round) {
        JsonObject json = new JsonObject();
        json.addProperty("round", number + 1);
        json.addProperty("load", comparison.label());
        parameters(json, comparison);
        json.addProperty("valid", round.problems().isEmpty());
        if (!round.problems().isEmpty()) {
            json.add("problems", GSON.toJsonTree(round.problems()));
        }
        for (Metric metric : Metric.values()) {
            Double value = round.metrics().get(metric);
            if (value != null) {
                json.addProperty(metric.key(), rounded(value));
            }
        }
        json.addProperty("soft_irq_us_per_request", rounded(round.cpu().softIrqMicros()));
        json.add("cpu_us_per_request_by_process", numbers(round.cpu().microsByProcess()));
        json.addProperty("errors", round.client().failed());
        json.add("errors_by_kind", GSON.toJsonTree(new TreeMap<>(round.client().errors())));
        json.addProperty("disturbance", rounded(round.disturbance()));
        json.add("hops", array(round.hops().stream().map(JsonReport::hop).toList()));
        new TreeMap<>(round.extras()).forEach((name, value) -> json.addProperty(name, rounded(value)));
        if (!round.client().remarks().isEmpty()) {
            json.add("remarks", GSON.toJsonTree(round.client().remarks()));
        }
        round.sockway().ifPresent(status -> json.add("sockway", GSON.toJsonTree(status)));
        return json;
    }

    private static void parameters(JsonObject json, Comparison comparison) {
        comparison.load().forEach((name, value) -> json.add(name, GSON.toJsonTree(value)));
    }

    private static JsonObject numbers(Map<String, Double> values) {
        JsonObject json = new JsonObject();
        new TreeMap<>(values).forEach((name, value) -> json.addProperty(name, rounded(value)));
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

    private static JsonObject ratio(Comparison comparison, Ratio ratio) {
        JsonObject json = new JsonObject();
        json.addProperty("variant", ratio.variant());
        json.addProperty("baseline", ratio.baseline());
        json.addProperty("metric", ratio.metric().key());
        json.addProperty("median", rounded(ratio.spread().median()));
        json.addProperty("min", rounded(ratio.spread().min()));
        json.addProperty("max", rounded(ratio.spread().max()));
        json.addProperty("load", comparison.label());
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
