package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.sockway.deploy.yaml.YamlException;
import io.sockway.deploy.yaml.YamlTree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives istio-proxy the folder of the stats plugin: by edits of its container where Istio has been here, and otherwise by the annotations
 * from which Istio will make it. Nothing that istio-proxy has is replaced.
 */
final class ProxyHandOver {
    static final String USER_MOUNT = "sidecar.istio.io/userVolumeMount";
    static final String PROXY_CONFIG = "proxy.istio.io/config";
    private static final String PROXY = "istio-proxy";
    private static final String METADATA = "proxyMetadata";

    private ProxyHandOver() {
    }

    /** Edits the container of istio-proxy, if there is one. */
    static boolean edit(Edits edits, JsonObject spec, JsonObject mount, JsonObject variable) {
        for (String list : List.of("initContainers", "containers")) {
            JsonArray containers = Tree.array(spec, list);
            for (int i = 0; i < containers.size(); i++) {
                if (containers.get(i) instanceof JsonObject container && Tree.string(container, "name").filter(PROXY::equals).isPresent()) {
                    List<String> path = List.of("spec", list, Integer.toString(i));
                    if (!Tree.names(container, "env").contains(variable.get("name").getAsString())) {
                        edits.append(Edits.join(path, "env"), List.of(variable));
                    }
                    edits.append(Edits.join(path, "volumeMounts"), List.of(mount));
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * The annotations that ask Istio for the same, merged with what the user has asked for.
     *
     * @throws IllegalArgumentException when the user's annotation cannot be read
     */
    static Map<String, String> annotations(Map<String, String> present, JsonObject mount, JsonObject variable) {
        JsonObject mounts = parse(present, USER_MOUNT);
        JsonObject place = mount.deepCopy();
        place.remove("name");
        mounts.add(mount.get("name").getAsString(), place);
        JsonObject config = parse(present, PROXY_CONFIG);
        JsonObject metadata = config.get(METADATA) instanceof JsonObject object ? object : new JsonObject();
        if (!metadata.has(variable.get("name").getAsString())) {
            metadata.add(variable.get("name").getAsString(), variable.get("value"));
        }
        config.add(METADATA, metadata);
        Map<String, String> set = new LinkedHashMap<>();
        set.put(USER_MOUNT, mounts.toString());
        set.put(PROXY_CONFIG, config.toString());
        return set;
    }

    private static JsonObject parse(Map<String, String> present, String key) {
        String text = Optional.ofNullable(present.get(key)).orElse("");
        if (text.isBlank()) {
            return new JsonObject();
        }
        try {
            JsonElement value = key.equals(USER_MOUNT) ? JsonParser.parseString(text) : YamlTree.parse(key, text);
            if (value instanceof JsonObject object) {
                return object;
            }
            if (value.isJsonNull()) {
                return new JsonObject();
            }
        } catch (JsonParseException | YamlException e) {
            // answered below
        }
        throw new IllegalArgumentException(key + " is no map, so that the telemetry folder cannot be added to it");
    }
}
