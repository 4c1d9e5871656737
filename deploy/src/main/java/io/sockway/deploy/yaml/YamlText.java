package io.sockway.deploy.yaml;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;

/** Writes values as YAML. Stateless; thread-safe. */
public final class YamlText {
    private static final Gson FLOW = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private YamlText() {
    }

    /** On one line, as JSON, which YAML takes too. */
    static String flow(JsonElement value) {
        return FLOW.toJson(value);
    }

    /**
     * As indented JSON.
     *
     * @param indent of the line that the value begins on
     * @param step of each level
     */
    static String pretty(JsonElement value, int indent, int step) {
        StringBuilder text = new StringBuilder();
        pretty(text, value, indent, step);
        return text.toString();
    }

    private static void pretty(StringBuilder text, JsonElement value, int indent, int step) {
        String line = "\n" + " ".repeat(indent + step);
        switch (value) {
            case JsonObject object when !object.isEmpty() -> {
                String separator = "{";
                for (Map.Entry<String, JsonElement> member : object.entrySet()) {
                    text.append(separator).append(line).append(flow(new JsonPrimitive(member.getKey()))).append(": ");
                    pretty(text, member.getValue(), indent + step, step);
                    separator = ",";
                }
                text.append('\n').append(" ".repeat(indent)).append('}');
            }
            case JsonArray array when !array.isEmpty() -> {
                String separator = "[";
                for (JsonElement item : array) {
                    text.append(separator).append(line);
                    pretty(text, item, indent + step, step);
                    separator = ",";
                }
                text.append('\n').append(" ".repeat(indent)).append(']');
            }
            default -> text.append(flow(value));
        }
    }

    /**
     * As lines in block style, each with its line end.
     *
     * @param indent of the first column
     */
    public static String block(JsonElement value, int indent) {
        StringBuilder text = new StringBuilder();
        block(text, value, indent, true);
        return text.toString();
    }

    /** One member of a mapping, as lines. */
    static String member(String key, JsonElement value, int indent, int sequenceIndent) {
        StringBuilder text = new StringBuilder(" ".repeat(indent)).append(scalar(new JsonPrimitive(key))).append(':');
        below(text, value, indent, sequenceIndent);
        return text.toString();
    }

    private static void block(StringBuilder text, JsonElement value, int indent, boolean newLine) {
        boolean padded = newLine;
        if (value instanceof JsonObject object && !object.isEmpty()) {
            for (Map.Entry<String, JsonElement> each : object.entrySet()) {
                text.append(padded ? " ".repeat(indent) : "").append(scalar(new JsonPrimitive(each.getKey()))).append(':');
                below(text, each.getValue(), indent, 0);
                padded = true;
            }
        } else if (value instanceof JsonArray array && !array.isEmpty()) {
            for (JsonElement item : array) {
                text.append(padded ? " ".repeat(indent) : "").append("- ");
                block(text, item, indent + 2, false);
                padded = true;
            }
        } else {
            text.append(padded ? " ".repeat(indent) : "").append(scalar(value)).append('\n');
        }
    }

    private static void below(StringBuilder text, JsonElement value, int indent, int sequenceIndent) {
        if (value instanceof JsonObject object && !object.isEmpty()) {
            text.append('\n');
            block(text, value, indent + 2, true);
        } else if (value instanceof JsonArray array && !array.isEmpty()) {
            text.append('\n');
            block(text, value, indent + sequenceIndent, true);
        } else {
            text.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static String scalar(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString() && YamlTree.plain(primitive.getAsString())
                ? primitive.getAsString() : flow(value);
    }
}
