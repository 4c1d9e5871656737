package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Looks into objects that may lack anything, or have something else in its place. */
final class Tree {
    private Tree() {
    }

    static JsonObject object(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonObject object ? object : new JsonObject();
    }

    static JsonArray array(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonArray array ? array : new JsonArray();
    }

    static Optional<String> string(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonPrimitive value && value.isString() ? Optional.of(value.getAsString()) : Optional.empty();
    }

    static boolean is(JsonObject parent, String name, boolean wanted) {
        return parent.get(name) instanceof JsonPrimitive value && value.isBoolean() && value.getAsBoolean() == wanted;
    }

    /** The names of the items of a list. */
    static Set<String> names(JsonObject parent, String list) {
        Set<String> names = new HashSet<>();
        array(parent, list).forEach(each -> {
            if (each instanceof JsonObject object) {
                string(object, "name").ifPresent(names::add);
            }
        });
        return names;
    }
}
