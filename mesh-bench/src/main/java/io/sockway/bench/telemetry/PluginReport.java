package io.sockway.bench.telemetry;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.bench.report.Goal;
import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Round;
import io.sockway.bench.report.TextTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What {@link PluginCommand} has found.
 *
 * @param command what a person has to type to do it again
 * @param started when it began
 * @param machine where it ran
 * @param costs by load
 */
record PluginReport(String command, Instant started, Machine machine, List<PluginCost> costs) {
    /** Grows by one with every change that a reader could trip over. */
    private static final int FORMAT = 1;
    private static final double PERCENT = 100;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES).disableHtmlEscaping().create();

    PluginReport {
        costs = List.copyOf(costs);
    }

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (PluginCost cost : costs) {
            text.append('\n').append(heading(cost)).append(":\n").append(table(cost));
            goals(cost).forEach(goal -> text.append(goal.line()).append('\n'));
            if (cost.disturbance() > Round.DISTURBED) {
                text.append(String.format(Locale.ROOT, "Note: other processes used %.0f %% of the CPUs meanwhile%n",
                        cost.disturbance() * PERCENT));
            }
        }
        return text.toString();
    }

    private static String heading(PluginCost cost) {
        return String.format(Locale.ROOT, "%s, %s (%,.0f requests a second)", cost.answers().label(), cost.label(), cost.rate());
    }

    private static String table(PluginCost cost) {
        List<Telemetry> telemetries = List.copyOf(cost.micros().keySet());
        return new TextTable()
                .row(row("", telemetries, Telemetry::option))
                .row(row("CPU time a request", telemetries, one -> String.format(Locale.ROOT, "%.2f us", cost.micros(one).median())))
                .row(row("ratio to none", telemetries, one -> one == Telemetry.NONE ? "" : ratio(cost.ratio(one))))
                .row(row("more than none", telemetries, one -> one == Telemetry.NONE ? "" : micros(cost.added(one))))
                .render();
    }

    private static List<String> row(String label, List<Telemetry> telemetries, Function<Telemetry, String> cell) {
        List<String> cells = new ArrayList<>(List.of(label));
        telemetries.forEach(telemetry -> cells.add(cell.apply(telemetry)));
        return cells;
    }

    private static String ratio(Estimate estimate) {
        return String.format(Locale.ROOT, "x%.3f (%.3f-%.3f)", estimate.median(), estimate.low(), estimate.high());
    }

    private static String micros(Estimate estimate) {
        return String.format(Locale.ROOT, "%.2f us (%.2f to %.2f)", estimate.median(), estimate.low(), estimate.high());
    }

    private static List<Goal> goals(PluginCost cost) {
        double most = Goals.mostOfNone(cost.answers());
        Estimate ratio = cost.ratio(Telemetry.PLUGIN);
        double added = cost.added(Telemetry.PLUGIN).median();
        double addedByLogger = cost.added(Telemetry.LOGGER).median();
        return List.of(
                new Goal(String.format(Locale.ROOT, "the plugin takes %s of none; at most x%.2f is the goal", ratio(ratio), most),
                        ratio.median() <= most),
                new Goal(String.format(Locale.ROOT, "what the plugin adds, %.2f us, is x%.2f of what the logger adds, %.2f us; at most "
                        + "x%.2f is the goal", added, added / addedByLogger, addedByLogger, Goals.MOST_OF_LOGGERS_ADDITION),
                        added <= Goals.MOST_OF_LOGGERS_ADDITION * addedByLogger));
    }

    /** For programs. */
    String json() {
        JsonObject json = new JsonObject();
        json.addProperty("format", FORMAT);
        json.addProperty("scenario", "plugin");
        json.addProperty("command", command);
        json.addProperty("started", started.toString());
        json.add("machine", GSON.toJsonTree(machine));
        JsonArray loads = new JsonArray();
        costs.forEach(cost -> loads.add(json(cost)));
        json.add("loads", loads);
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject json(PluginCost cost) {
        JsonObject json = new JsonObject();
        json.addProperty("answers", cost.answers().option());
        json.addProperty("load", cost.label());
        json.addProperty("rps", cost.rate());
        json.addProperty("disturbance", cost.disturbance());
        JsonObject telemetries = new JsonObject();
        cost.micros().forEach((telemetry, micros) -> {
            JsonObject one = new JsonObject();
            one.add("cpu_us_per_request", GSON.toJsonTree(cost.micros(telemetry)));
            one.add("ratio", GSON.toJsonTree(cost.ratio(telemetry)));
            one.add("added_us", GSON.toJsonTree(cost.added(telemetry)));
            one.add("turns_cpu_us_per_request", GSON.toJsonTree(micros));
            telemetries.add(telemetry.option(), one);
        });
        json.add("telemetries", telemetries);
        json.add("goals", GSON.toJsonTree(goals(cost)));
        return json;
    }
}
