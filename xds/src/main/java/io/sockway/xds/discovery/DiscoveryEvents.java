package io.sockway.xds.discovery;

/** What a {@link Publisher} tells. Called from network threads and from the one that publishes, so implementations only note it. */
public interface DiscoveryEvents {

    /** For those who do not listen. */
    DiscoveryEvents NONE = new DiscoveryEvents() {
    };

    /** An Envoy asked for the first time on a new stream. */
    default void connected(EnvoyNode node) {
    }

    /** An Envoy was sent away, since its certificate has other names than it gives itself; {@code words} tell both. */
    default void refused(EnvoyNode node, String words) {
    }

    /** A stream on which an Envoy had asked has ended, from whichever end. */
    default void disconnected(EnvoyNode node) {
    }

    /**
     * An Envoy refused what it was sent, and goes on with what it had. The same content is not sent again on this stream.
     *
     * @param version that it refused
     * @param words Envoy's own, which name the resource and the cause
     */
    default void rejected(EnvoyNode node, ResourceType type, String version, String words) {
    }

    /** All Envoys that were sent something for one {@link Publisher#publish} have answered, or gone. */
    default void published(Publication.Report report) {
    }
}
