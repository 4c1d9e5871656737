package io.sockway.xds.logger;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The values of the 8 labels that panels of Istio's own dashboards show, as Envoy's format strings; plain text stands for itself.
 *
 * @param reporter {@code source} at the client's proxy, {@code destination} at the server's
 * @param sourceWorkload for example {@code %FILTER_STATE(downstream_peer:FIELD:workload)%} in Istio's proxy
 * @param sourceNamespace of that workload
 * @param destinationWorkload for example {@code %UPSTREAM_METADATA(istio:workload)%} at the client's proxy
 * @param destinationNamespace of that workload
 * @param destinationService for example {@code web.demo.svc.cluster.local}
 */
public record Labels(String reporter, String sourceWorkload, String sourceNamespace, String destinationWorkload,
        String destinationNamespace, String destinationService) {
    private static final String MUTUAL_TLS = "%CEL(connection.mtls ? 'mutual_tls' : 'none')%";

    /** At the proxy of {@code workload}, for requests that it receives. */
    public static Labels destination(String workload, String namespace, String service, String sourceWorkload, String sourceNamespace) {
        return new Labels("destination", sourceWorkload, sourceNamespace, workload, namespace, service);
    }

    /** At the proxy of {@code workload}, for requests that it sends. */
    public static Labels source(String workload, String namespace, String destinationWorkload, String destinationNamespace,
            String destinationService) {
        return new Labels("source", workload, namespace, destinationWorkload, destinationNamespace, destinationService);
    }

    /** Name and format of each, for requests. The source cannot tell whether the destination saw a certificate. */
    Map<String, String> http() {
        Map<String, String> labels = tcp();
        labels.put("response_code", "%RESPONSE_CODE%");
        return labels;
    }

    /** The same for connections, which have no code. */
    Map<String, String> tcp() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("reporter", reporter);
        labels.put("source_workload", sourceWorkload);
        labels.put("source_workload_namespace", sourceNamespace);
        labels.put("destination_workload", destinationWorkload);
        labels.put("destination_workload_namespace", destinationNamespace);
        labels.put("destination_service", destinationService);
        labels.put("connection_security_policy", reporter.equals("destination") ? MUTUAL_TLS : "unknown");
        return labels;
    }
}
