package io.sockway.xds.stats;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who an IP address or an Envoy is. Absent parts are empty.
 *
 * @param name the workload's, as of a Deployment
 * @param namespace its Kubernetes namespace
 * @param canonicalService as of the label {@code service.istio.io/canonical-name}
 * @param canonicalRevision as of the label {@code service.istio.io/canonical-revision}
 * @param cluster the Kubernetes cluster's name
 * @param app as of the label {@code app}
 * @param version as of the label {@code version}
 */
public record Workload(String name, String namespace, String canonicalService, String canonicalRevision, String cluster, String app,
        String version) {
    /** Nobody that is known. */
    public static final Workload UNKNOWN = new Workload("", "", "", "", "", "", "");

    private static final int FIELD_LIMIT = 255;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if one has a semicolon or NUL, or more than 255 bytes of UTF-8
     */
    public Workload {
        for (String field : List.of(name, namespace, canonicalService, canonicalRevision, cluster, app, version)) {
            if (field.indexOf(';') >= 0 || field.indexOf('\0') >= 0 || JsonText.utf8Length(field) > FIELD_LIMIT) {
                throw new IllegalArgumentException("not fit for a label: \"" + field + "\"");
            }
        }
    }

    /** The form of Istio's endpoint metadata ({@code istio.workload}), with app and version behind. */
    public String text() {
        return String.join(";", name, namespace, canonicalService, canonicalRevision, cluster, app, version);
    }

    /**
     * Reads the form of {@link #text()}; fields missing at the end are empty.
     *
     * @throws IllegalArgumentException if there are more than seven fields, or one is not fit
     */
    public static Workload parse(String text) {
        String[] fields = text.split(";", -1);
        if (fields.length > 7) {
            throw new IllegalArgumentException("more than 7 fields: \"" + text + "\"");
        }
        String[] all = Stream.concat(Stream.of(fields), Stream.generate(() -> "")).limit(7).toArray(String[]::new);
        return new Workload(all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
    }
}
