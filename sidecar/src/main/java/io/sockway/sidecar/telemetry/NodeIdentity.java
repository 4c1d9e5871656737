package io.sockway.sidecar.telemetry;

import io.sockway.xds.stats.PluginConfig;
import io.sockway.xds.stats.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose Envoy it is, by the names of {@link #KEYS}. What is not known is absent. Immutable.
 *
 * @param parts what is known
 */
public record NodeIdentity(Map<String, String> parts) {
    /** The names of the parts. */
    public static final List<String> KEYS = List.of("workload", "namespace", "app", "version", "canonical-service", "canonical-revision",
            "cluster", "service");

    /** Nothing is known. */
    public static final NodeIdentity UNKNOWN = new NodeIdentity(Map.of());

    /** A copy of {@code parts}, without those that are empty. */
    public NodeIdentity {
        Map<String, String> known = new LinkedHashMap<>();
        for (String key : KEYS) {
            put(known, key, parts.get(key));
        }
        parts = known;
    }

    /**
     * Reads {@code key=value,key=value}.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    public static NodeIdentity parse(String text) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : text.split(",")) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            if (equals < 0 || !KEYS.contains(key)) {
                throw new IllegalArgumentException("'" + part + "' is not KEY=VALUE with a KEY of " + String.join(", ", KEYS));
            }
            parts.put(key, part.substring(equals + 1).strip());
        }
        NodeIdentity identity = new NodeIdentity(parts);
        identity.workload();
        identity.service();
        return identity;
    }

    /**
     * What the pod knows, as Istio's own proxy is told it.
     *
     * @param environment of this process
     * @param labels the file that the downward API makes of the pod's labels; one that is not there is as good as an empty one
     * @throws TelemetryException if the file cannot be read
     */
    public static NodeIdentity ofPod(Map<String, String> environment, Path labels) {
        Map<String, String> metadata = new LinkedHashMap<>();
        put(metadata, "WORKLOAD_NAME", environment.get("ISTIO_META_WORKLOAD_NAME"));
        put(metadata, "NAMESPACE", environment.get("POD_NAMESPACE"));
        put(metadata, "CLUSTER_ID", environment.get("ISTIO_META_CLUSTER_ID"));
        put(metadata, "LABELS/service.istio.io/canonical-name", environment.get("CANONICAL_SERVICE"));
        put(metadata, "LABELS/service.istio.io/canonical-revision", environment.get("CANONICAL_REVISION"));
        if (Files.exists(labels)) {
            try {
                Files.readAllLines(labels).forEach(line -> label(line, metadata));
            } catch (IOException e) {
                throw new TelemetryException("--pod-labels: " + labels + " cannot be read: " + e.getMessage(), e);
            }
        }
        return ofMetadata(metadata);
    }

    /**
     * What an Envoy tells of itself, as Istio's proxies do.
     *
     * @param metadata by the names of Istio, labels as {@code LABELS/NAME}
     */
    public static NodeIdentity ofMetadata(Map<String, String> metadata) {
        Map<String, String> parts = new LinkedHashMap<>();
        put(parts, "workload", metadata.get("WORKLOAD_NAME"));
        put(parts, "namespace", metadata.get("NAMESPACE"));
        put(parts, "cluster", metadata.get("CLUSTER_ID"));
        put(parts, "app", metadata.get("LABELS/app"));
        put(parts, "version", metadata.get("LABELS/version"));
        put(parts, "canonical-service", first(metadata, "LABELS/service.istio.io/canonical-name", "LABELS/app.kubernetes.io/name",
                "LABELS/app"));
        put(parts, "canonical-revision", first(metadata, "LABELS/service.istio.io/canonical-revision", "LABELS/app.kubernetes.io/version",
                "LABELS/version"));
        return new NodeIdentity(parts);
    }

    /** This, and where it knows nothing, what {@code other} knows. */
    public NodeIdentity or(NodeIdentity other) {
        Map<String, String> both = new LinkedHashMap<>(other.parts);
        both.putAll(parts);
        return new NodeIdentity(both);
    }

    /** A part, empty if it is not known. */
    public String part(String key) {
        return parts.getOrDefault(key, "");
    }

    /**
     * In the terms of metrics. A workload without a canonical service is its own.
     *
     * @throws IllegalArgumentException if a part is not fit for a label
     */
    public Workload workload() {
        return new Workload(part("workload"), part("namespace"),
                parts.getOrDefault("canonical-service", parts.getOrDefault("app", part("workload"))), part("canonical-revision"),
                part("cluster"), part("app"), part("version"));
    }

    /**
     * The service that leads to it, named by its host.
     *
     * @throws IllegalArgumentException if it is not fit for a label
     */
    public Optional<PluginConfig.Service> service() {
        return Optional.of(part("service")).filter(host -> !host.isEmpty()).map(OwnServices::named);
    }

    @Override
    public String toString() {
        return part("workload").isEmpty() ? "unknown" : part("workload") + (part("namespace").isEmpty() ? "" : "." + part("namespace"));
    }

    private static String first(Map<String, String> from, String... keys) {
        for (String key : keys) {
            if (from.containsKey(key)) {
                return from.get(key);
            }
        }
        return null;
    }

    private static void put(Map<String, String> to, String key, String value) {
        if (value != null && !value.isEmpty()) {
            to.put(key, value);
        }
    }

    /** A line of the downward API: {@code name="value"}, quoted as in Go. The values of labels need no escapes. */
    private static void label(String line, Map<String, String> to) {
        int equals = line.indexOf('=');
        if (equals > 0) {
            put(to, "LABELS/" + line.substring(0, equals), line.substring(equals + 1).strip().replaceAll("^\"|\"$", ""));
        }
    }
}
