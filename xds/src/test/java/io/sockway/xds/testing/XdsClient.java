package io.sockway.xds.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.server.ListenAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Plays an Envoy at the other end of an ADS stream. */
public final class XdsClient implements AutoCloseable {
    /** Long enough for a response that comes on this machine, short enough to wait for one that must not. */
    private static final long SILENCE_MILLIS = 150;

    private final ManagedChannel channel;

    public XdsClient(ListenAddress address) {
        this.channel = channel(address);
    }

    public static ManagedChannel channel(ListenAddress address) {
        return NettyChannelBuilder.forAddress(((ListenAddress.TcpPort) address).address()).usePlaintext().directExecutor().build();
    }

    public Whole whole(String id) {
        return new Whole(channel, id);
    }

    public Delta delta(String id) {
        return new Delta(channel, id);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    /** What arrives on a stream. */
    private static final class Inbox<R> implements StreamObserver<R> {
        private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();

        @Override
        public void onNext(R response) {
            arrived.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            arrived.add(failure);
        }

        @Override
        public void onCompleted() {
            arrived.add("completed");
        }

        Object next() {
            try {
                Object next = arrived.poll(5, TimeUnit.SECONDS);
                assertThat(next).as("a response").isNotNull();
                return next;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void requireSilence() {
            try {
                assertThat(arrived.poll(SILENCE_MILLIS, TimeUnit.MILLISECONDS)).isNull();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A stream of the state-of-the-world variant. */
    public static final class Whole {
        private final Inbox<DiscoveryResponse> inbox = new Inbox<>();
        private final StreamObserver<DiscoveryRequest> requests;
        private final String id;

        public Whole(ManagedChannel channel, String id) {
            this.id = id;
            this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).streamAggregatedResources(inbox);
        }

        public void ask(ResourceType type, String... names) {
            ask(type, "", "", List.of(names));
        }

        /** As after a reconnect: the version is known, there is no nonce. */
        public void askKnowing(ResourceType type, String version, String... names) {
            ask(type, version, "", List.of(names));
        }

        public void ask(ResourceType type, String version, String nonce, List<String> names) {
            requests.onNext(request(type, version, nonce).addAllResourceNames(names).build());
        }

        public void accept(DiscoveryResponse response, String... names) {
            ask(type(response), response.getVersionInfo(), response.getNonce(), List.of(names));
        }

        public void refuse(DiscoveryResponse response, String version, String words, String... names) {
            requests.onNext(request(type(response), version, response.getNonce()).addAllResourceNames(List.of(names))
                    .setErrorDetail(Status.newBuilder().setCode(13).setMessage(words)).build());
        }

        public DiscoveryResponse next(ResourceType type) {
            DiscoveryResponse response = (DiscoveryResponse) inbox.next();
            assertThat(type(response)).isEqualTo(type);
            return response;
        }

        public void requireSilence() {
            inbox.requireSilence();
        }

        public Object nextOfAnyKind() {
            return inbox.next();
        }

        public void end() {
            requests.onCompleted();
        }

        private DiscoveryRequest.Builder request(ResourceType type, String version, String nonce) {
            return DiscoveryRequest.newBuilder().setNode(node(id)).setTypeUrl(type.typeUrl()).setVersionInfo(version)
                    .setResponseNonce(nonce);
        }

        private static ResourceType type(DiscoveryResponse response) {
            return ResourceType.of(response.getTypeUrl()).orElseThrow();
        }
    }

    /** A stream of the incremental variant. */
    public static final class Delta {
        private final Inbox<DeltaDiscoveryResponse> inbox = new Inbox<>();
        private final StreamObserver<DeltaDiscoveryRequest> requests;
        private final String id;

        public Delta(ManagedChannel channel, String id) {
            this.id = id;
            this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(inbox);
        }

        public void subscribe(ResourceType type, String... names) {
            requests.onNext(request(type).addAllResourceNamesSubscribe(List.of(names)).build());
        }

        public void unsubscribe(ResourceType type, String... names) {
            requests.onNext(request(type).addAllResourceNamesUnsubscribe(List.of(names)).build());
        }

        /** As after a reconnect. */
        public void subscribeKnowing(ResourceType type, Map<String, String> versions, String... names) {
            requests.onNext(request(type).addAllResourceNamesSubscribe(List.of(names)).putAllInitialResourceVersions(versions).build());
        }

        public void accept(DeltaDiscoveryResponse response) {
            requests.onNext(request(type(response)).setResponseNonce(response.getNonce()).build());
        }

        public void refuse(DeltaDiscoveryResponse response, String words) {
            requests.onNext(request(type(response)).setResponseNonce(response.getNonce())
                    .setErrorDetail(Status.newBuilder().setCode(13).setMessage(words)).build());
        }

        public DeltaDiscoveryResponse next(ResourceType type) {
            DeltaDiscoveryResponse response = (DeltaDiscoveryResponse) inbox.next();
            assertThat(type(response)).isEqualTo(type);
            return response;
        }

        public void requireSilence() {
            inbox.requireSilence();
        }

        private DeltaDiscoveryRequest.Builder request(ResourceType type) {
            return DeltaDiscoveryRequest.newBuilder().setNode(node(id)).setTypeUrl(type.typeUrl());
        }

        private static ResourceType type(DeltaDiscoveryResponse response) {
            return ResourceType.of(response.getTypeUrl()).orElseThrow();
        }
    }

    private static Node node(String id) {
        return Node.newBuilder().setId(id).setCluster("test").build();
    }
}
