package io.sockway.xds.ecds;

import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.sockway.xds.discovery.DiscoveryEvents;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.discovery.StreamStatus;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.MutualTls;
import io.sockway.xds.server.XdsServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Serves extension configurations to Envoys until it is closed: over a Unix socket beside one Envoy, or over TCP with mutual TLS for
 * many. Envoys that lose it go on with what they have. Thread-safe.
 */
public final class EcdsServer implements AutoCloseable {
    private final Publisher publisher;
    private final XdsServer server;

    private EcdsServer(Publisher publisher, XdsServer server) {
        this.publisher = publisher;
        this.server = server;
    }

    /**
     * Starts to listen; returns when Envoys can connect.
     *
     * @param tls for TCP
     * @param first as {@link #publish} takes it
     * @param events is told what happens, for example with Envoy's words when it refuses a configuration
     * @throws io.sockway.xds.server.XdsServerException if it cannot listen there
     */
    public static EcdsServer start(ListenAddress address, Optional<MutualTls> tls, Function<EnvoyNode, List<TypedExtensionConfig>> first,
            DiscoveryEvents events) {
        Publisher publisher = new Publisher(new ExtensionConfigs(first), events, Duration.ZERO);
        return new EcdsServer(publisher, XdsServer.start(address, tls, List.of(new EcdsService(publisher))));
    }

    /** Replaces all configurations; {@code chooser} is used as {@link ExtensionConfigs} says. Only what changed is sent. */
    public void publish(Function<EnvoyNode, List<TypedExtensionConfig>> chooser) {
        publisher.publish(new ExtensionConfigs(chooser));
    }

    /** The open streams. */
    public List<StreamStatus> streams() {
        return publisher.streams();
    }

    /** Counts since the start. */
    public Publisher.Totals totals() {
        return publisher.totals();
    }

    /** Where it listens, with the port that was chosen. */
    public ListenAddress address() {
        return server.address();
    }

    /** The transport that runs, and why a better one does not. */
    public String transport() {
        return server.transport();
    }

    @Override
    public void close() {
        server.close();
    }
}
