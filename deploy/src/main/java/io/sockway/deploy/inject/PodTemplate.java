package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.sockway.deploy.yaml.YamlTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one source of what is injected: the resource {@code pod.yaml}. Thread-safe. */
public final class PodTemplate {
    private static final String RESOURCE = "pod.yaml";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z-]+)}");

    private final JsonObject source;

    /** Reads the resource. */
    public PodTemplate() {
        try (InputStream in = PodTemplate.class.getResourceAsStream(RESOURCE)) {
            source = YamlTree.parse(RESOURCE, new String(in.readAllBytes(), StandardCharsets.UTF_8)).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One part, filled in.
     *
     * @param part {@code attach}, {@code sidecar} or {@code volumes}
     * @param values of all placeholders; a member whose whole value is a placeholder of an empty value is left out
     */
    public JsonElement part(String part, Map<String, String> values) {
        return fill(source.get(part), values);
    }

    private static JsonElement fill(JsonElement element, Map<String, String> values) {
        if (element instanceof JsonObject object) {
            JsonObject filled = new JsonObject();
            object.entrySet().forEach(member -> {
                JsonElement value = fill(member.getValue(), values);
                if (value != null) {
                    filled.add(member.getKey(), value);
                }
            });
            return filled;
        }
        if (element instanceof JsonArray array) {
            JsonArray filled = new JsonArray();
            array.forEach(item -> filled.add(fill(item, values)));
            return filled;
        }
        JsonPrimitive primitive = element.getAsJsonPrimitive();
        return primitive.isString() ? fill(primitive.getAsString(), values) : primitive;
    }

    private static JsonElement fill(String text, Map<String, String> values) {
        Matcher whole = PLACEHOLDER.matcher(text);
        if (whole.matches()) {
            String value = value(values, whole.group(1));
            if (value.isEmpty()) {
                return null;
            }
            return whole.group(1).equals("port") ? new JsonPrimitive(Integer.valueOf(value)) : new JsonPrimitive(value);
        }
        return new JsonPrimitive(whole.reset().replaceAll(found -> Matcher.quoteReplacement(value(values, found.group(1)))));
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalStateException(RESOURCE + " has a placeholder " + name + " that nobody fills");
        }
        return value;
    }
}
