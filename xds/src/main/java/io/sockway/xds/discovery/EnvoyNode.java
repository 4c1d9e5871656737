package io.sockway.xds.discovery;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.type.v3.SemanticVersion;

/**
 * The Envoy at the other end of a stream, as it names itself.
 *
 * @param id its {@code node.id}
 * @param cluster its {@code node.cluster}
 * @param version of the program, for example {@code 1.40.0}; empty where it does not say
 */
public record EnvoyNode(String id, String cluster, String version) {

    static EnvoyNode of(Node node) {
        SemanticVersion number = node.getUserAgentBuildVersion().getVersion();
        return new EnvoyNode(node.getId(), node.getCluster(), node.hasUserAgentBuildVersion()
                ? number.getMajorNumber() + "." + number.getMinorNumber() + "." + number.getPatch() : node.getUserAgentVersion());
    }
}
