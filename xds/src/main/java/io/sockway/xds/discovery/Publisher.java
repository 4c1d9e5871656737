package io.sockway.xds.discovery;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Brings every connected Envoy the resources that are meant for it, and sends nothing to those for which nothing changed.
 *
 * <p>Thread-safe. It has no thread of its own: {@link #publish} sends on the caller's, and everything else happens on the network's.
 */
public final class Publisher {

    /**
     * Counts over the life of a publisher.
     *
     * @param responses sent
     * @param resources in them
     * @param bytes of these resources
     * @param rejections answers by which an Envoy refused a response
     * @param refused streams that were ended since the Envoy's certificate does not have its name
     */
    public record Totals(long responses, long resources, long bytes, long rejections, long refused) {
    }

    private final DiscoveryEvents events;
    private final Duration drainTime;
    private final Set<DiscoveryStream<?, ?>> streams = ConcurrentHashMap.newKeySet();
    private final LongAdder responses = new LongAdder();
    private final LongAdder resources = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder rejections = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile ResourceSource source;

    /**
     * Serves {@code first} until something else is published.
     *
     * @param events is told what happens
     * @param drainTime how long Envoys go on using listeners and routes that were replaced: what is gone is taken away so much later
     */
    public Publisher(ResourceSource first, DiscoveryEvents events, Duration drainTime) {
        this.source = first;
        this.events = events;
        this.drainTime = drainTime;
    }

    /**
     * Replaces all resources. When this returns, every connected Envoy that has something else now was sent the first part of it;
     * {@link DiscoveryEvents#published} tells when all of them have answered.
     */
    public synchronized void publish(ResourceSource next) {
        source = next;
        Publication publication = new Publication(events);
        streams.forEach(stream -> stream.update(next, publication));
        publication.settled();
    }

    /**
     * Serves a stream of the state-of-the-world variant.
     *
     * @param only the type that the service is for, none for ADS
     */
    public StreamObserver<DiscoveryRequest> stateOfTheWorld(StreamObserver<DiscoveryResponse> out, Optional<ResourceType> only) {
        return new StateOfTheWorldStream(this, out, only);
    }

    /**
     * Serves a stream of the incremental variant.
     *
     * @param only the type that the service is for, none for ADS
     */
    public StreamObserver<DeltaDiscoveryRequest> incremental(StreamObserver<DeltaDiscoveryResponse> out, Optional<ResourceType> only) {
        return new DeltaStream(this, out, only);
    }

    /** The open streams, in no order. */
    public List<StreamStatus> streams() {
        return streams.stream().map(DiscoveryStream::status).toList();
    }

    /** What was counted so far. */
    public Totals totals() {
        return new Totals(responses.sum(), resources.sum(), bytes.sum(), rejections.sum(), refused.sum());
    }

    /** Ends all streams, so that Envoys look for another server or wait for this one to come back. They go on with what they have. */
    public void disconnect() {
        streams.forEach(stream -> stream.close(Status.UNAVAILABLE.withDescription("this management server ends")));
    }

    Duration drainTime() {
        return drainTime;
    }

    ResourceSource source() {
        return source;
    }

    DiscoveryEvents events() {
        return events;
    }

    void opened(DiscoveryStream<?, ?> stream) {
        streams.add(stream);
    }

    void ended(DiscoveryStream<?, ?> stream, EnvoyNode node) {
        streams.remove(stream);
        if (!node.equals(DiscoveryStream.UNNAMED)) {
            events.disconnected(node);
        }
    }

    void responded(Collection<Resource> sent) {
        responses.increment();
        resources.add(sent.size());
        sent.forEach(resource -> bytes.add(resource.body().getValue().size()));
    }

    void rejected(EnvoyNode node, ResourceType type, String version, String words) {
        rejections.increment();
        events.rejected(node, type, version, words);
    }

    void refused(EnvoyNode node, String words) {
        refused.increment();
        events.refused(node, words);
    }
}
