package io.sockway.xds.peers;

import java.util.Map;
import java.util.Set;

/**
 * Whose address it is, in Istio's terms. What is not known is empty.
 *
 * @param name of the workload, for example of the Deployment
 * @param namespace of it
 * @param app the label {@code app}
 * @param version the label {@code version}
 * @param canonicalService the service it belongs to from the view of telemetry
 * @param canonicalRevision the revision of that; {@code latest} where none is named
 * @param cluster the Kubernetes cluster
 * @param serviceAccount that it runs as
 * @param services that lead to it, as {@code name.namespace}, each with the ports of the workload that it leads to; none where that is
 *         not known
 */
public record Workload(String name, String namespace, String app, String version, String canonicalService, String canonicalRevision,
        String cluster, String serviceAccount, Map<String, Set<Integer>> services) {

    Workload withServices(Map<String, Set<Integer>> others) {
        return new Workload(name, namespace, app, version, canonicalService, canonicalRevision, cluster, serviceAccount, others);
    }
}
