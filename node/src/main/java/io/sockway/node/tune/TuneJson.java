package io.sockway.node.tune;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;

/** Plans and outcomes for programs. */
public final class TuneJson {
    private TuneJson() {
    }

    /** {@code settings[] {key, area, now, value, reason, command, state, refusal}}; state is change, kept or refused. */
    public static JsonObject of(Plan plan) {
        JsonArray settings = new JsonArray();
        for (Plan.Step step : plan.steps()) {
            JsonObject one = new JsonObject();
            one.addProperty("key", step.proposal().target().key());
            one.addProperty("area", step.proposal().area().label());
            step.now().ifPresent(now -> one.addProperty("now", now));
            one.addProperty("value", step.proposal().value());
            one.addProperty("reason", step.proposal().reason());
            one.addProperty("command", step.proposal().target().command(step.proposal().value()));
            one.addProperty("state", step.refusal().isPresent() ? "refused" : step.changes() ? "change" : "kept");
            step.refusal().ifPresent(refusal -> one.addProperty("refusal", refusal));
            settings.add(one);
        }
        JsonObject root = new JsonObject();
        root.addProperty("changes", plan.changes().size());
        root.addProperty("refused", plan.refused().size());
        root.add("settings", settings);
        return root;
    }

    /**
     * {@code settings[] {key, done, text}}, and {@code findings[] {id, before, now}}, where what has gone has no {@code now} and what is
     * new no {@code before}.
     */
    public static JsonObject of(List<Outcome> outcomes, Map<String, String> before, Map<String, String> now) {
        JsonArray settings = new JsonArray();
        outcomes.forEach(outcome -> {
            JsonObject one = new JsonObject();
            one.addProperty("key", outcome.key());
            one.addProperty("done", outcome.done());
            one.addProperty("text", outcome.text());
            settings.add(one);
        });
        JsonArray findings = new JsonArray();
        before.forEach((id, evidence) -> findings.add(finding(id, evidence, now.get(id))));
        now.forEach((id, evidence) -> {
            if (!before.containsKey(id)) {
                findings.add(finding(id, null, evidence));
            }
        });
        JsonObject root = new JsonObject();
        root.addProperty("kept", outcomes.stream().allMatch(Outcome::done));
        root.add("settings", settings);
        root.add("findings", findings);
        return root;
    }

    private static JsonObject finding(String id, String before, String now) {
        JsonObject one = new JsonObject();
        one.addProperty("id", id);
        if (before != null) {
            one.addProperty("before", before);
        }
        if (now != null) {
            one.addProperty("now", now);
        }
        return one;
    }
}
