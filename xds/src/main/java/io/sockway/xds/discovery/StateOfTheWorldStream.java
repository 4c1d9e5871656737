package io.sockway.xds.discovery;

import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The variant in which a request names everything that is wanted. For clusters and listeners a response holds all there are, since
 * those that it leaves out are gone; for the other types it holds those that changed.
 */
final class StateOfTheWorldStream extends DiscoveryStream<DiscoveryRequest, DiscoveryResponse> {

    StateOfTheWorldStream(Publisher publisher, StreamObserver<DiscoveryResponse> out, Optional<ResourceType> only) {
        super(publisher, out, only);
    }

    @Override
    public void onNext(DiscoveryRequest request) {
        receive(request, request.getNode(), request.getTypeUrl(), request.getResponseNonce(),
                request.hasErrorDetail() ? request.getErrorDetail() : null);
    }

    @Override
    boolean incremental() {
        return false;
    }

    /** A request that does not answer the last response was sent before it came, and its names are repeated in the answer to it. */
    @Override
    boolean takesAnyTime(String nonce, Subscription.Pending pending) {
        return pending == null;
    }

    @Override
    void apply(DiscoveryRequest request, Subscription subscription, boolean first) {
        List<String> names = request.getResourceNamesList();
        subscription.want(names, subscription.type().wildcard() && (names.isEmpty() || names.contains("*")));
        if (first && !request.getVersionInfo().isEmpty()) {
            Collection<Resource> current = subscription.wanted(snapshot()).values();
            if (Snapshot.version(current).equals(request.getVersionInfo())) {
                subscription.has(current, request.getVersionInfo());
            }
        }
    }

    /** By leaving them out. */
    @Override
    boolean tellsRemovals(ResourceType type) {
        return type.wildcard();
    }

    @Override
    Optional<Changes> changes(Subscription subscription, Map<String, Resource> wanted) {
        boolean complete = tellsRemovals(subscription.type());
        List<Resource> due = subscription.due(wanted);
        List<String> gone = new ArrayList<>(complete ? subscription.gone(wanted) : Set.of());
        if (due.isEmpty() && gone.isEmpty() && !subscription.awaitsFirst()) {
            return Optional.empty();
        }
        if (complete) {
            gone.addAll(subscription.refusedToGo(wanted));
        }
        return Optional.of(new Changes(Snapshot.version(wanted.values()), complete ? wanted.values() : due, gone));
    }

    @Override
    DiscoveryResponse response(ResourceType type, Changes changes, String nonce) {
        DiscoveryResponse.Builder response = DiscoveryResponse.newBuilder().setTypeUrl(type.typeUrl()).setNonce(nonce)
                .setVersionInfo(changes.version());
        changes.resources().forEach(resource -> response.addResources(resource.body()));
        return response.build();
    }
}
