package io.sockway.bench.hop;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.bench.report.Spread;
import java.util.List;
import java.util.Locale;

/** The grid for programs. The member {@code format} grows by one with every change that a reader could trip over. */
final class HopJson {
    private static final int FORMAT = 2;
    private static final double ROUNDING = 1e4;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES).disableHtmlEscaping().create();

    private HopJson() {
    }

    static String render(HopReport report) {
        JsonObject json = new JsonObject();
        json.addProperty("format", FORMAT);
        json.addProperty("scenario", "hop");
        json.addProperty("command", report.command());
        json.addProperty("started", report.started().toString());
        json.add("machine", GSON.toJsonTree(report.machine()));
        json.add("method", GSON.toJsonTree(Method.words(report.plan())));
        json.addProperty("rounds", report.plan().rounds());
        json.addProperty("measured_ms", report.plan().measured().toMillis());
        JsonArray cells = new JsonArray();
        report.results().forEach(result -> cells.add(cell(result)));
        json.add("cells", cells);
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject cell(CellResult result) {
        Cell cell = result.cell();
        JsonObject json = new JsonObject();
        json.addProperty("pattern", cell.pattern().option());
        json.addProperty("connections", cell.connections());
        json.addProperty("bytes", cell.size().bytes());
        json.addProperty("cores", cell.placement().option());
        json.addProperty("route", cell.route().option());
        json.addProperty("family", cell.family().option());
        JsonObject variants = new JsonObject();
        result.samples().forEach((variant, samples) -> variants.add(variant.option(), variant(result, variant, samples)));
        json.add("variants", variants);
        return json;
    }

    private static JsonObject variant(CellResult result, Variant variant, List<Sample> samples) {
        JsonObject json = new JsonObject();
        for (Quantity quantity : Quantity.values()) {
            String name = quantity.name().toLowerCase(Locale.ROOT);
            json.add(name + "_ns", spread(result.spread(variant, quantity)));
            if (variant != Variant.PLAIN) {
                json.add(name + "_ratio", spread(result.ratio(variant, quantity).orElseThrow()));
                json.addProperty(name + "_mark", result.mark(variant, quantity).name().toLowerCase(Locale.ROOT));
            }
        }
        json.addProperty("tcp_share", rounded(result.tcpShare(variant)));
        json.add("rounds", GSON.toJsonTree(samples));
        return json;
    }

    private static JsonObject spread(Spread spread) {
        JsonObject json = new JsonObject();
        json.addProperty("median", rounded(spread.median()));
        json.addProperty("min", rounded(spread.min()));
        json.addProperty("max", rounded(spread.max()));
        return json;
    }

    private static double rounded(double value) {
        return Math.round(value * ROUNDING) / ROUNDING;
    }
}
