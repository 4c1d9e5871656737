package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Collects edits of one pod; what is missing on the way to a place is added with it. For one thread. */
final class Edits {
    private final JsonObject pod;
    private final List<Edit> edits = new ArrayList<>();

    Edits(JsonObject pod) {
        this.pod = pod;
    }

    List<Edit> list() {
        return edits;
    }

    /** Adds items to a list, before the one that is at the index now. */
    void insert(List<String> list, int index, List<? extends JsonElement> items) {
        if (!(at(list) instanceof JsonArray present) || present.isEmpty()) {
            JsonArray all = new JsonArray();
            items.forEach(all::add);
            edits.add(new Edit(list, all));
            return;
        }
        for (int i = 0; i < items.size(); i++) {
            edits.add(new Edit(join(list, Integer.toString(index + i)), items.get(i)));
        }
    }

    /** Adds items at the end of a list. */
    void append(List<String> list, List<? extends JsonElement> items) {
        insert(list, at(list) instanceof JsonArray present ? present.size() : 0, items);
    }

    /** Sets members of {@code metadata.annotations} or {@code metadata.labels}. */
    void metadata(Map<String, Map<String, String>> maps) {
        boolean none = Tree.object(pod, "metadata").isEmpty();
        JsonObject whole = new JsonObject();
        maps.forEach((name, members) -> {
            if (members.isEmpty()) {
                return;
            }
            JsonObject added = new JsonObject();
            members.forEach(added::addProperty);
            if (none) {
                whole.add(name, added);
            } else if (Tree.object(Tree.object(pod, "metadata"), name).isEmpty()) {
                edits.add(new Edit(List.of("metadata", name), added));
            } else {
                members.forEach((key, value) -> edits.add(new Edit(List.of("metadata", name, key), new JsonPrimitive(value))));
            }
        });
        if (none) {
            edits.add(new Edit(List.of("metadata"), whole));
        }
    }

    private JsonElement at(List<String> path) {
        JsonElement at = pod;
        for (String step : path) {
            at = switch (at) {
                case JsonObject object -> object.get(step);
                case JsonArray array -> array.get(Integer.parseInt(step));
                case null, default -> null;
            };
        }
        return at;
    }

    static List<String> join(List<String> path, String... more) {
        List<String> all = new ArrayList<>(path);
        all.addAll(List.of(more));
        return all;
    }
}
