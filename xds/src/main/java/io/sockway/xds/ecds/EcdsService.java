package io.sockway.xds.ecds;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.extension.v3.ExtensionConfigDiscoveryServiceGrpc.ExtensionConfigDiscoveryServiceImplBase;
import io.grpc.stub.StreamObserver;
import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.discovery.ResourceType;
import java.util.Optional;

/** Extension configurations on a stream of their own, in both variants of xDS. Thread-safe. */
public final class EcdsService extends ExtensionConfigDiscoveryServiceImplBase {
    private static final Optional<ResourceType> ONLY = Optional.of(ResourceType.EXTENSION);

    private final Publisher publisher;

    /** Serves the extension configurations that {@code publisher} has. */
    public EcdsService(Publisher publisher) {
        this.publisher = publisher;
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamExtensionConfigs(StreamObserver<DiscoveryResponse> out) {
        return publisher.stateOfTheWorld(out, ONLY);
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaExtensionConfigs(StreamObserver<DeltaDiscoveryResponse> out) {
        return publisher.incremental(out, ONLY);
    }
}
