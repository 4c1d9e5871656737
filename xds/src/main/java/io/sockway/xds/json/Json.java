package io.sockway.xds.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** Reads objects of which any part may be absent. */
public final class Json {
    private Json() {
    }

    /** The string at {@code key}, empty if there is none. */
    public static String text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        return value == null || value.isJsonNull() ? "" : value.getAsString();
    }

    /** Whether {@code true} is at {@code key}. */
    public static boolean flag(JsonObject object, String key) {
        return object.get(key) instanceof JsonPrimitive value && value.getAsBoolean();
    }

    /** The object at {@code key}, an empty one if there is none. */
    public static JsonObject object(JsonObject parent, String key) {
        return parent.get(key) instanceof JsonObject child ? child : new JsonObject();
    }

    /** The array at {@code key}, an empty one if there is none. */
    public static JsonArray array(JsonObject parent, String key) {
        return parent.get(key) instanceof JsonArray child ? child : new JsonArray();
    }

    /** The first of {@code keys} that is there and not empty; otherwise {@code otherwise}. */
    public static String first(JsonObject object, String otherwise, String... keys) {
        for (String key : keys) {
            String text = text(object, key);
            if (!text.isEmpty()) {
                return text;
            }
        }
        return otherwise;
    }
}
