package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One addition to a pod. Several are applied in order.
 *
 * @param path where, from the pod down: names of members, and indices of items as decimal numbers. The last one is a member to add or
 *     to replace, or the index before which an item goes
 * @param value what to add
 */
public record Edit(List<String> path, JsonElement value) {
    /** The same edit for a pod that sits somewhere in a larger document. */
    public Edit below(List<String> parent) {
        List<String> all = new ArrayList<>(parent);
        all.addAll(path);
        return new Edit(all, value);
    }

    /** The last element of the path. */
    public String last() {
        return path.getLast();
    }

    /** Applies this to a document in place. */
    public void apply(JsonElement document) {
        JsonElement at = document;
        for (String step : path.subList(0, path.size() - 1)) {
            at = at instanceof JsonArray array ? array.get(Integer.parseInt(step)) : at.getAsJsonObject().get(step);
        }
        if (at instanceof JsonArray array) {
            List<JsonElement> items = new ArrayList<>(array.asList());
            items.add(Integer.parseInt(last()), value);
            array.asList().clear();
            items.forEach(array::add);
        } else {
            at.getAsJsonObject().add(last(), value);
        }
    }

    /** As an operation of a JSON patch, RFC 6902. */
    public JsonObject operation() {
        StringBuilder pointer = new StringBuilder();
        path.forEach(step -> pointer.append('/').append(step.replace("~", "~0").replace("/", "~1")));
        JsonObject operation = new JsonObject();
        operation.addProperty("op", "add");
        operation.addProperty("path", pointer.toString());
        operation.add("value", value);
        return operation;
    }
}
