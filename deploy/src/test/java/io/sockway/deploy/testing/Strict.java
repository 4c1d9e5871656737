package io.sockway.deploy.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.fabric8.kubernetes.api.model.Pod;
import io.sockway.deploy.yaml.YamlTree;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;
import tools.jackson.databind.json.JsonMapper;

/** Kubernetes objects against fabric8's types, which keep what they do not know. */
public final class Strict {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Strict() {
    }

    /** The documents of a text; empty ones are left out. */
    public static List<JsonObject> documents(String text) {
        List<JsonObject> documents = new ArrayList<>();
        for (Node node : YamlTree.compose("test", text)) {
            if (YamlTree.json(node) instanceof JsonObject object) {
                documents.add(object);
            }
        }
        return documents;
    }

    public static JsonObject document(String text) {
        return documents(text).getFirst();
    }

    /** Reads an object as a type; fails when a field has the wrong type. */
    public static <T> T read(JsonElement object, Class<T> type) {
        return MAPPER.readValue(object.toString(), type);
    }

    /** What the API server would refuse or drop: names of fields that a type does not have, each with the way to it. */
    public static List<String> unknownFields(Object model) {
        List<String> found = new ArrayList<>();
        walk(model, model.getClass().getSimpleName(), found);
        return found;
    }

    public static List<String> unknownPodFields(JsonElement pod) {
        return unknownFields(read(pod, Pod.class));
    }

    private static void walk(Object value, String path, List<String> found) {
        switch (value) {
            case null -> { }
            case Collection<?> list -> {
                int i = 0;
                for (Object item : list) {
                    walk(item, path + "[" + i++ + "]", found);
                }
            }
            case Map<?, ?> map -> map.forEach((key, item) -> walk(item, path + "." + key, found));
            default -> {
                if (value.getClass().getName().startsWith("io.fabric8.kubernetes.api.model")) {
                    bean(value, path, found);
                }
            }
        }
    }

    private static void bean(Object bean, String path, List<String> found) {
        for (Method method : bean.getClass().getMethods()) {
            if (!method.getName().startsWith("get") || method.getParameterCount() > 0 || method.getName().equals("getClass")) {
                continue;
            }
            try {
                Object value = method.invoke(bean);
                if (method.getName().equals("getAdditionalProperties")) {
                    ((Map<?, ?>) value).keySet().forEach(key -> found.add(path + "." + key));
                } else {
                    walk(value, path + "." + method.getName().substring(3), found);
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(path + "." + method.getName(), e);
            }
        }
    }
}
