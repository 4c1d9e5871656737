package io.sockway.xds.discovery;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One Envoy's stream.
 *
 * <p>At most one response of a type is unanswered at a time; what changes meanwhile waits, so that an Envoy that is slow gets only the
 * latest. Changes are made before they break: clusters and endpoints are sent first, listeners and routes once these have been
 * accepted. What is gone is taken away in the reverse order, each kind once the Envoy has let go what may refer to it: listeners, routes,
 * clusters, then all others; and not before connections and requests that still use old listeners and routes have had time to end.
 *
 * <p>Thread-safe: every change of state holds the stream's lock, and nothing that may wait runs under it.
 *
 * @param <Q> requests
 * @param <R> responses
 */
abstract class DiscoveryStream<Q, R> implements StreamObserver<Q> {
    /** How long listeners and routes wait for clusters that an Envoy does not come to accept. */
    private static final Duration HOLD = Duration.ofSeconds(2);
    /** Who has not asked for anything yet. */
    static final EnvoyNode UNNAMED = new EnvoyNode("", "", "");

    private final Publisher publisher;
    private final ServerCallStreamObserver<R> out;
    private final Optional<ResourceType> only;
    private final Optional<CertificateNames> names = Optional.ofNullable(CertificateNames.CALLER.get());
    private final Instant since = Instant.now();
    private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);

    private EnvoyNode node = UNNAMED;
    private Snapshot snapshot = Snapshot.EMPTY;
    /** What the next response is counted for. */
    private Publication publication = Publication.UNTOLD;
    /** The publication of which something is still to be sent, or null. */
    private Publication held;
    /** Whether listeners or routes wait for their clusters; how often they began to; and whether they have waited long enough. */
    private boolean waiting;
    private long waits;
    private boolean waitOver;
    /** When what was replaced so far will have drained, and when that is looked at again; both as {@link System#nanoTime}. */
    private long drained = System.nanoTime();
    private long wakeAt;
    private CompletableFuture<Void> wake = CompletableFuture.completedFuture(null);
    private long nonces;
    private boolean ended;

    /**
     * @param only the type that the service serves, or none where requests name it (ADS)
     */
    DiscoveryStream(Publisher publisher, StreamObserver<R> out, Optional<ResourceType> only) {
        this.publisher = publisher;
        this.out = (ServerCallStreamObserver<R>) out;
        this.only = only;
        this.out.setOnCancelHandler(this::end);
        publisher.opened(this);
    }

    abstract boolean incremental();

    /** Turns a request into changes of {@code subscription}; {@code first} if it is the first of its type on this stream. */
    abstract void apply(Q request, Subscription subscription, boolean first);

    /** What to send now for {@code subscription}, which wants {@code wanted}. */
    abstract Optional<Changes> changes(Subscription subscription, Map<String, Resource> wanted);

    abstract R response(ResourceType type, Changes changes, String nonce);

    /** Notes who asks, once, and finds the subscription that a request is about. Nothing is served for types that are not known. */
    final void receive(Q request, Node from, String typeUrl, String nonce, Status error) {
        Optional<ResourceType> named = typeUrl.isEmpty() ? only : ResourceType.of(typeUrl);
        if (named.isEmpty() || only.isPresent() && !only.equals(named)) {
            return;
        }
        String rejection = null;
        String rejectedVersion = null;
        Publication answered = null;
        boolean connected = false;
        if (names.isPresent() && sendsAway(EnvoyNode.of(from))) {
            return;
        }
        synchronized (this) {
            if (ended) {
                return;
            }
            if (node == UNNAMED) {
                node = EnvoyNode.of(from);
                if (names.filter(own -> !own.cover(node.cluster())).isPresent()) {
                    node = node.withoutCluster();
                }
                snapshot = publisher.source().forNode(node);
                connected = true;
            }
            Subscription subscription = subscriptions.get(named.get());
            if (subscription == null) {
                subscription = new Subscription(named.get());
                subscriptions.put(named.get(), subscription);
                apply(request, subscription, true);
                if (subscription.hasSomething()) {
                    // What changed while it was away may still drain.
                    drain();
                }
            } else {
                Subscription.Pending pending = subscription.pending();
                boolean answers = pending != null && pending.nonce().equals(nonce);
                if (answers) {
                    answered = pending.publication();
                    if (named.get().routesRequests() && subscription.replaces()) {
                        drain();
                    }
                    if (error == null) {
                        subscription.accept();
                    } else {
                        rejection = error.getMessage();
                        rejectedVersion = pending.changes().version();
                        subscription.reject(rejection);
                    }
                }
                if (answers || takesAnyTime(nonce, pending)) {
                    apply(request, subscription, false);
                }
            }
            push();
        }
        if (connected) {
            publisher.events().connected(node);
        }
        if (rejection != null) {
            publisher.rejected(node, named.get(), rejectedVersion, rejection);
            answered.rejected();
        }
        if (answered != null) {
            answered.settled();
        }
    }

    /** Ends the stream of an Envoy whose certificate does not have its name. Only the first request of a stream has to tell the node. */
    private boolean sendsAway(EnvoyNode claimed) {
        synchronized (this) {
            if (ended || node != UNNAMED || names.get().cover(claimed.id())) {
                return false;
            }
        }
        String words = "the certificate names %s, which does not cover node.id '%s'".formatted(names.get(), claimed.id());
        publisher.refused(claimed, words);
        close(io.grpc.Status.PERMISSION_DENIED.withDescription(words));
        return true;
    }

    /** Whether a request counts that does not answer what is pending. */
    abstract boolean takesAnyTime(String nonce, Subscription.Pending pending);

    /** Takes over what {@code source} has for this Envoy, and sends what changed. */
    final void update(ResourceSource source, Publication cause) {
        Publication superseded;
        synchronized (this) {
            if (ended || node == UNNAMED) {
                return;
            }
            Snapshot next = source.forNode(node);
            if (next == snapshot) {
                return;
            }
            snapshot = next;
            subscriptions.values().forEach(each -> each.keepWanted(next));
            publication = cause;
            superseded = held;
            held = null;
            long before = nonces;
            push();
            if (nonces > before || held != null) {
                cause.envoy();
            }
        }
        if (superseded != null) {
            superseded.settled();
        }
    }

    /** Only under the stream's lock. */
    final Snapshot snapshot() {
        return snapshot;
    }

    private void push() {
        for (ResourceType type : ResourceType.values()) {
            Subscription subscription = subscriptions.get(type);
            if (subscription != null && subscription.pending() == null && !waits(subscription)) {
                push(subscription);
            }
        }
        boolean waitsNow = subscriptions.values().stream().anyMatch(this::waits);
        if (waitsNow && !waiting) {
            long mine = ++waits;
            CompletableFuture.delayedExecutor(HOLD.toMillis(), TimeUnit.MILLISECONDS).execute(() -> endWait(mine));
        }
        waiting = waitsNow;
        boolean more = waitsNow || subscriptions.values().stream()
                .anyMatch(each -> each.pending() != null && !each.allSent(each.wanted(snapshot)));
        if (more && held == null) {
            held = publication.held();
        } else if (!more && held != null) {
            held.settled();
            held = null;
        }
        subscriptions.values().stream().map(Subscription::nextDrained).flatMapToLong(OptionalLong::stream).min().ifPresent(this::wake);
    }

    private void push(Subscription subscription) {
        Optional<Changes> changes = changes(subscription, toHave(subscription));
        if (changes.isEmpty()) {
            return;
        }
        if (subscription.type() == ResourceType.CLUSTER) {
            resendEndpoints(subscription, changes.get());
        }
        String nonce = Long.toString(++nonces);
        subscription.sent(new Subscription.Pending(nonce, changes.get(), publication.sent(changes.get())));
        publisher.responded(changes.get().resources());
        out.onNext(response(subscription.type(), changes.get(), nonce));
    }

    /** A cluster that changed is a new one to Envoy, and waits for its endpoints again. */
    private void resendEndpoints(Subscription clusters, Changes changes) {
        Subscription endpoints = subscriptions.get(ResourceType.ENDPOINTS);
        if (endpoints != null) {
            changes.resources().stream().filter(cluster -> !cluster.endpoints().isEmpty() && clusters.differs(cluster))
                    .forEach(cluster -> endpoints.forget(cluster.endpoints()));
        }
    }

    /** What the Envoy is to have: what is wanted, and what is gone but may still be in use. */
    private Map<String, Resource> toHave(Subscription subscription) {
        Map<String, Resource> wanted = subscription.wanted(snapshot);
        if (subscription.type() == ResourceType.LISTENER || !tellsRemovals(subscription.type())) {
            return wanted;
        }
        Set<String> gone = subscription.gone(wanted);
        boolean inUse = !gone.isEmpty() && subscriptions.values().stream()
                .anyMatch(other -> other.type().refersTo(subscription.type()) && !isReplaced(other));
        return inUse ? subscription.with(wanted, gone) : subscription.withDraining(wanted, gone, drained);
    }

    /** Whether the Envoy has all that is new of the type and has let go all that is gone; it does neither while it refuses changes. */
    private boolean isReplaced(Subscription subscription) {
        Map<String, Resource> wanted = subscription.wanted(snapshot);
        return subscription.settled(wanted) && (!tellsRemovals(subscription.type()) || subscription.rid(wanted));
    }

    /** Whether responses of the type tell what is gone. */
    abstract boolean tellsRemovals(ResourceType type);

    /** From now on, what was replaced drains. */
    private void drain() {
        drained = System.nanoTime() + publisher.drainTime().toNanos();
    }

    /** Has {@link #push} called at {@code when} at the latest. */
    private void wake(long when) {
        if (wake.isDone() || when - wakeAt < 0) {
            wake.cancel(false);
            wakeAt = when;
            wake = new CompletableFuture<Void>().completeOnTimeout(null, when - System.nanoTime(), TimeUnit.NANOSECONDS);
            wake.thenRunAsync(this::drainEnds);
        }
    }

    private synchronized void drainEnds() {
        if (!ended) {
            push();
        }
    }

    /** Whether listeners and routes have to wait for clusters and endpoints. The first ones of a stream do not. */
    private boolean waits(Subscription subscription) {
        if (!subscription.type().routesRequests() || subscription.awaitsFirst() || waitOver
                || subscription.allSent(subscription.wanted(snapshot))) {
            return false;
        }
        Subscription clusters = subscriptions.get(ResourceType.CLUSTER);
        Subscription endpoints = subscriptions.get(ResourceType.ENDPOINTS);
        return clusters != null && (clusters.pending() != null || endpoints != null && (endpoints.pending() != null
                || clusters.wanted(snapshot).values().stream().anyMatch(cluster -> clusters.hasAccepted(cluster)
                        && snapshot.resources(ResourceType.ENDPOINTS).containsKey(cluster.endpoints())
                        && !endpoints.hasSent(cluster.endpoints()))));
    }

    private synchronized void endWait(long which) {
        if (!ended && waiting && waits == which) {
            waitOver = true;
            push();
            waitOver = false;
        }
    }

    @Override
    public final void onError(Throwable failure) {
        end();
    }

    @Override
    public final void onCompleted() {
        boolean first = end();
        if (first) {
            out.onCompleted();
        }
    }

    /** Ends the stream from this side. */
    final void close(io.grpc.Status reason) {
        if (end()) {
            out.onError(reason.asRuntimeException());
        }
    }

    private boolean end() {
        List<Publication> open;
        synchronized (this) {
            if (ended) {
                return false;
            }
            ended = true;
            wake.cancel(false);
            open = Stream.concat(Stream.ofNullable(held), subscriptions.values().stream().map(Subscription::pending)
                    .filter(Objects::nonNull).map(Subscription.Pending::publication)).toList();
            held = null;
        }
        publisher.ended(this, node);
        open.forEach(Publication::settled);
        return true;
    }

    final synchronized StreamStatus status() {
        return new StreamStatus(node, incremental(), since, subscriptions.values().stream().map(Subscription::status).toList());
    }
}
