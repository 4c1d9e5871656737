package io.sockway.xds.discovery;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The variant in which requests and responses hold only what changed. */
final class DeltaStream extends DiscoveryStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {

    DeltaStream(Publisher publisher, StreamObserver<DeltaDiscoveryResponse> out, Optional<ResourceType> only) {
        super(publisher, out, only);
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
        receive(request, request.getNode(), request.getTypeUrl(), request.getResponseNonce(),
                request.hasErrorDetail() ? request.getErrorDetail() : null);
    }

    @Override
    boolean incremental() {
        return true;
    }

    /** Subscriptions are changes themselves, and none may be lost. */
    @Override
    boolean takesAnyTime(String nonce, Subscription.Pending pending) {
        return true;
    }

    @Override
    void apply(DeltaDiscoveryRequest request, Subscription subscription, boolean first) {
        if (first && subscription.type().wildcard() && request.getResourceNamesSubscribeCount() == 0) {
            subscription.wantEverything();
        }
        subscription.subscribe(request.getResourceNamesSubscribeList());
        if (first && request.getInitialResourceVersionsCount() > 0) {
            subscription.has(request.getInitialResourceVersionsMap().entrySet().stream()
                    .map(known -> Resource.known(known.getKey(), known.getValue())).toList(), "");
        }
        subscription.unsubscribe(request.getResourceNamesUnsubscribeList());
    }

    @Override
    boolean tellsRemovals(ResourceType type) {
        return true;
    }

    @Override
    Optional<Changes> changes(Subscription subscription, Map<String, Resource> wanted) {
        List<Resource> due = subscription.due(wanted);
        List<String> gone = new ArrayList<>(subscription.gone(wanted));
        gone.addAll(subscription.unknown(wanted));
        if (due.isEmpty() && gone.isEmpty() && !subscription.awaitsFirst()) {
            return Optional.empty();
        }
        gone.addAll(subscription.refusedToGo(wanted));
        return Optional.of(new Changes(Snapshot.version(wanted.values()), due, gone));
    }

    @Override
    DeltaDiscoveryResponse response(ResourceType type, Changes changes, String nonce) {
        DeltaDiscoveryResponse.Builder response = DeltaDiscoveryResponse.newBuilder().setTypeUrl(type.typeUrl()).setNonce(nonce)
                .setSystemVersionInfo(changes.version()).addAllRemovedResources(changes.removed());
        changes.resources().forEach(resource -> response.addResources(io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder()
                .setName(resource.name()).setVersion(resource.version()).setResource(resource.body())));
        return response.build();
    }
}
