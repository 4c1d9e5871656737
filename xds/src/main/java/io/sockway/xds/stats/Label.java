package io.sockway.xds.stats;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A label of Istio's metrics. Its place here is its bit in a slab's label sets. */
public enum Label {
    REPORTER,
    SOURCE_WORKLOAD,
    SOURCE_WORKLOAD_NAMESPACE,
    SOURCE_PRINCIPAL,
    SOURCE_APP,
    SOURCE_VERSION,
    SOURCE_CANONICAL_SERVICE,
    SOURCE_CANONICAL_REVISION,
    SOURCE_CLUSTER,
    DESTINATION_WORKLOAD,
    DESTINATION_WORKLOAD_NAMESPACE,
    DESTINATION_PRINCIPAL,
    DESTINATION_APP,
    DESTINATION_VERSION,
    DESTINATION_CANONICAL_SERVICE,
    DESTINATION_CANONICAL_REVISION,
    DESTINATION_CLUSTER,
    DESTINATION_SERVICE,
    DESTINATION_SERVICE_NAME,
    DESTINATION_SERVICE_NAMESPACE,
    REQUEST_PROTOCOL,
    RESPONSE_CODE,
    GRPC_RESPONSE_STATUS,
    RESPONSE_FLAGS,
    CONNECTION_SECURITY_POLICY;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The name in metrics and in configurations, like {@code source_workload}. */
    public String text() {
        return text;
    }

    /** The label of this name. */
    public static Optional<Label> of(String text) {
        return Stream.of(values()).filter(label -> label.text.equals(text)).findFirst();
    }

    int bit() {
        return 1 << ordinal();
    }

    /** What Istio writes where the value is not known. */
    String absent() {
        return this == SOURCE_CANONICAL_REVISION || this == DESTINATION_CANONICAL_REVISION ? "latest" : "unknown";
    }
}
