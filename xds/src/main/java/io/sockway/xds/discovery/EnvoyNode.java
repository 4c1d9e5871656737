package io.sockway.xds.discovery;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import java.util.Map;
import java.util.TreeMap;

/**
 * The Envoy at the other end of a stream, as it names itself.
 *
 * @param id its {@code node.id}
 * @param cluster its {@code node.cluster}
 * @param version of the program, for example {@code 1.40.0}; empty where it does not say
 * @param metadata texts of its {@code node.metadata}, and those of {@code LABELS} in it as {@code LABELS/NAME}: where Istio's proxies say
 *         whose they are
 */
public record EnvoyNode(String id, String cluster, String version, Map<String, String> metadata) {
    private static final String LABELS = "LABELS";
    /** Istio's proxies tell much more, which nobody here asks for. */
    private static final int TEXT_LIMIT = 255;

    /** An Envoy that tells no metadata. */
    public EnvoyNode(String id, String cluster, String version) {
        this(id, cluster, version, Map.of());
    }

    static EnvoyNode of(Node node) {
        SemanticVersion number = node.getUserAgentBuildVersion().getVersion();
        Map<String, String> metadata = new TreeMap<>();
        texts(node.getMetadata(), "", metadata);
        texts(node.getMetadata().getFieldsOrDefault(LABELS, Value.getDefaultInstance()).getStructValue(), LABELS + "/",
                metadata);
        return new EnvoyNode(node.getId(), node.getCluster(), node.hasUserAgentBuildVersion()
                ? number.getMajorNumber() + "." + number.getMinorNumber() + "." + number.getPatch() : node.getUserAgentVersion(),
                Map.copyOf(metadata));
    }

    /** The same Envoy without a cluster. */
    EnvoyNode withoutCluster() {
        return new EnvoyNode(id, "", version, metadata);
    }

    private static void texts(Struct from, String prefix, Map<String, String> to) {
        from.getFieldsMap().forEach((key, value) -> {
            if (value.hasStringValue() && value.getStringValue().length() <= TEXT_LIMIT) {
                to.put(prefix + key, value.getStringValue());
            }
        });
    }
}
