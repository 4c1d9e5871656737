package io.sockway.xds.discovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What one stream wants of one type, what it was sent, and what it accepted. Guarded by its stream. */
final class Subscription {
    /** A response without an answer yet. */
    record Pending(String nonce, Changes changes, Publication publication) {
    }

    private final ResourceType type;
    private final Set<String> names = new TreeSet<>();
    private boolean wildcard;

    /** By name, the last that was sent, whatever became of it. */
    private final Map<String, Resource> sent = new HashMap<>();
    /** By name, the versions that the Envoy has accepted. */
    private final Map<String, String> accepted = new HashMap<>();
    /** By name of what is gone and nothing that was accepted leads to any more, until when it stays; as {@link System#nanoTime}. */
    private final Map<String, Long> draining = new HashMap<>();
    private boolean answeredOnce;
    private Pending pending;
    private String acceptedVersion = "";
    private String rejectedVersion = "";
    private String rejection = "";
    private long responses;
    private long rejections;

    Subscription(ResourceType type) {
        this.type = type;
    }

    ResourceType type() {
        return type;
    }

    Pending pending() {
        return pending;
    }

    /** Wants exactly these names, or everything. */
    void want(Collection<String> wanted, boolean everything) {
        names.clear();
        names.addAll(wanted);
        wildcard = everything;
        if (!everything) {
            sent.keySet().retainAll(names);
            accepted.keySet().retainAll(names);
        }
    }

    /** Wants these too. A name that is asked for again is sent again. */
    void subscribe(Collection<String> more) {
        for (String name : more) {
            if (name.equals("*")) {
                wildcard = true;
            } else {
                names.add(name);
                forget(name);
            }
        }
    }

    void unsubscribe(Collection<String> fewer) {
        for (String name : fewer) {
            if (name.equals("*")) {
                wildcard = false;
                sent.keySet().retainAll(names);
                accepted.keySet().retainAll(names);
            } else if (names.remove(name) && !wildcard) {
                forget(name);
            }
        }
    }

    void wantEverything() {
        wildcard = true;
    }

    /** Has {@code name} sent again with the next response. */
    void forget(String name) {
        sent.remove(name);
        accepted.remove(name);
    }

    /** The Envoy has these, which together are {@code version}, from an earlier stream. */
    void has(Collection<Resource> resources, String version) {
        for (Resource resource : resources) {
            sent.put(resource.name(), resource);
            accepted.put(resource.name(), resource.version());
        }
        answeredOnce = true;
        acceptedVersion = version;
    }

    /** What of {@code snapshot} is wanted, by name. */
    Map<String, Resource> wanted(Snapshot snapshot) {
        Map<String, Resource> all = snapshot.resources(type);
        if (wildcard) {
            return all;
        }
        Map<String, Resource> wanted = new TreeMap<>();
        for (String name : names) {
            Resource resource = all.get(name);
            if (resource != null) {
                wanted.put(name, resource);
            }
        }
        return wanted;
    }

    /** {@code wanted}, and of what is gone those that stay for a time, which for new ones is until {@code drained}. */
    Map<String, Resource> withDraining(Map<String, Resource> wanted, Set<String> gone, long drained) {
        draining.keySet().retainAll(gone);
        gone.forEach(name -> draining.putIfAbsent(name, drained));
        long now = System.nanoTime();
        return with(wanted, gone.stream().filter(name -> draining.get(name) - now > 0).toList());
    }

    /** {@code wanted}, and what was sent before under names that are {@link #gone}. */
    Map<String, Resource> with(Map<String, Resource> wanted, Collection<String> more) {
        if (more.isEmpty()) {
            return wanted;
        }
        Map<String, Resource> all = new TreeMap<>(wanted);
        more.forEach(name -> all.put(name, sent.get(name)));
        return all;
    }

    /** When the first of those is to go that stay for a time, if there are any. */
    OptionalLong nextDrained() {
        long now = System.nanoTime();
        return draining.values().stream().mapToLong(Long::longValue).filter(end -> end - now > 0).min();
    }

    /** What is wanted again is not about to go. */
    void keepWanted(Snapshot snapshot) {
        if (!draining.isEmpty()) {
            draining.keySet().removeAll(wanted(snapshot).keySet());
        }
    }

    /**
     * The resources of {@code wanted} to send: none if all were sent in this version. Otherwise also those that were sent and not accepted,
     * since a rejected response brought none of its resources.
     */
    List<Resource> due(Map<String, Resource> wanted) {
        if (allSent(wanted)) {
            return List.of();
        }
        return wanted.values().stream()
                .filter(resource -> differs(resource) || !hasAccepted(resource)).toList();
    }

    boolean allSent(Map<String, Resource> wanted) {
        return wanted.values().stream().noneMatch(this::differs);
    }

    /** Whether {@code resource} was not the last to be sent under its name. */
    boolean differs(Resource resource) {
        Resource last = sent.get(resource.name());
        return last == null || !last.version().equals(resource.version());
    }

    /** Names that were sent and are not in {@code wanted} any more. */
    Set<String> gone(Map<String, Resource> wanted) {
        Set<String> gone = new LinkedHashSet<>();
        sent.forEach((name, resource) -> {
            if (!resource.isAbsent() && !wanted.containsKey(name)) {
                gone.add(name);
            }
        });
        return gone;
    }

    /** Names whose removal was sent, and refused. */
    List<String> refusedToGo(Map<String, Resource> wanted) {
        return accepted.keySet().stream().filter(name -> !wanted.containsKey(name))
                .filter(name -> !sent.containsKey(name) || sent.get(name).isAbsent()).toList();
    }

    /** Names that are asked for, do not exist, and of which the Envoy was not told so. */
    List<String> unknown(Map<String, Resource> wanted) {
        List<String> unknown = new ArrayList<>();
        for (String name : names) {
            if (!wanted.containsKey(name) && !sent.containsKey(name)) {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** Whether a response of this type, be it empty, has been due and not been sent: an Envoy waits for the first one. */
    boolean awaitsFirst() {
        return wildcard && !answeredOnce;
    }

    void sent(Pending response) {
        pending = response;
        answeredOnce = true;
        responses++;
        response.changes().resources().forEach(resource -> sent.put(resource.name(), resource));
        for (String name : response.changes().removed()) {
            if (names.contains(name)) {
                sent.put(name, Resource.absent(name));
            } else {
                sent.remove(name);
            }
        }
    }

    /** Whether the pending response takes the place of something that the Envoy had accepted, or takes it away. */
    boolean replaces() {
        return !pending.changes().removed().isEmpty() || pending.changes().resources().stream()
                .anyMatch(resource -> accepted.containsKey(resource.name()) && !hasAccepted(resource));
    }

    /** The Envoy took the pending response. */
    void accept() {
        acceptedVersion = pending.changes().version();
        rejectedVersion = "";
        rejection = "";
        pending.changes().resources().forEach(resource -> {
            if (sent.containsKey(resource.name())) {
                accepted.put(resource.name(), resource.version());
            }
        });
        pending.changes().removed().forEach(accepted::remove);
        pending = null;
    }

    /** The Envoy refused the pending response. */
    void reject(String words) {
        rejectedVersion = pending.changes().version();
        rejection = words;
        rejections++;
        pending = null;
    }

    /**
     * Whether the Envoy has every one of {@code wanted} as it is now. Not after a refusal, when it may have parts of the response beside
     * what it had before: also what is wanted again as it once was accepted has to be sent and accepted anew.
     */
    boolean settled(Map<String, Resource> wanted) {
        return pending == null && allSent(wanted) && wanted.values().stream().allMatch(this::hasAccepted);
    }

    /** Whether the Envoy has let go all that is not in {@code wanted} any more. */
    boolean rid(Map<String, Resource> wanted) {
        return wanted.keySet().containsAll(accepted.keySet()) && gone(wanted).isEmpty();
    }

    /** Whether it has accepted anything. */
    boolean hasSomething() {
        return !accepted.isEmpty();
    }

    boolean hasSent(String name) {
        return sent.containsKey(name);
    }

    boolean hasAccepted(Resource resource) {
        return resource.version().equals(accepted.get(resource.name()));
    }

    SubscriptionStatus status() {
        return new SubscriptionStatus(type, wildcard, names.size(), acceptedVersion, pending == null ? "" : pending.changes().version(),
                rejectedVersion, rejection, responses, rejections);
    }
}
