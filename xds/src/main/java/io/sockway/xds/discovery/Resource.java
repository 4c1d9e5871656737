package io.sockway.xds.discovery;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One named thing that an Envoy can be given. Immutable; serialized once, however many Envoys get it.
 *
 * @param name by which Envoys ask for it
 * @param version a hash of the content
 * @param body as it is sent
 * @param endpoints name of the endpoints that a cluster takes from the same stream, empty for all others. An Envoy that gets such
 *     a cluster, also a changed one, waits for its endpoints before it uses it
 */
public record Resource(String name, String version, Any body, String endpoints) {

    /** A resource of {@code message}. */
    public static Resource of(String name, Message message) {
        byte[] bytes = serialize(message);
        Any body = Any.newBuilder().setTypeUrl("type.googleapis.com/" + message.getDescriptorForType().getFullName())
                .setValue(ByteString.copyFrom(bytes)).build();
        return new Resource(name, new ContentHash().add(bytes).version(), body, endpointsOf(message));
    }

    /** A resource that an Envoy says to have, of which only the version is known. */
    static Resource known(String name, String version) {
        return new Resource(name, version, Any.getDefaultInstance(), "");
    }

    /** A resource that an Envoy has been told not to exist. */
    static Resource absent(String name) {
        return known(name, "");
    }

    boolean isAbsent() {
        return version.isEmpty();
    }

    private static String endpointsOf(Message message) {
        if (message instanceof Cluster cluster && cluster.getType() == Cluster.DiscoveryType.EDS
                && cluster.getEdsClusterConfig().getEdsConfig().hasAds()) {
            String service = cluster.getEdsClusterConfig().getServiceName();
            return service.isEmpty() ? cluster.getName() : service;
        }
        return "";
    }

    /** The same content has to give the same bytes, also where a map is in it. */
    private static byte[] serialize(Message message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.useDeterministicSerialization();
        try {
            message.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes what it was sized for", e);
        }
        return bytes;
    }
}
