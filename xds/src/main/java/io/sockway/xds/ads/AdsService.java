package io.sockway.xds.ads;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;
import io.sockway.xds.discovery.Publisher;
import java.util.Optional;

/** All types on one stream, extension configurations too, in both variants of xDS. Thread-safe. */
public final class AdsService extends AggregatedDiscoveryServiceImplBase {
    private final Publisher publisher;

    /** Serves what {@code publisher} has. */
    public AdsService(Publisher publisher) {
        this.publisher = publisher;
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(StreamObserver<DiscoveryResponse> out) {
        return publisher.stateOfTheWorld(out, Optional.empty());
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(StreamObserver<DeltaDiscoveryResponse> out) {
        return publisher.incremental(out, Optional.empty());
    }
}
