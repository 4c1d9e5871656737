package io.sockway.xds.peers;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * Peers from the Pods and EndpointSlices of a cluster, until this is closed.
 *
 * <p>The first table is told once both have been listed. Changes that come within a moment are told together; so are those of a new
 * list after the server was away: only what differs is a change. Owns two threads that wait for the server and one that tells.
 */
public final class KubernetesPeers implements AutoCloseable {
    private static final Duration GATHER = Duration.ofMillis(50);
    private static final String LIVING = "status.phase!=Succeeded,status.phase!=Failed";

    private final KubernetesApi api;
    private final PeerListener listener;
    private final Collection<Pods.Pod> pods = new Collection<>();
    private final Collection<EndpointSlices.Slice> slices = new Collection<>();
    private final Reflector<Pods.Pod> podReflector;
    private final Reflector<EndpointSlices.Slice> sliceReflector;
    private final Thread[] threads;

    /** When the oldest change came that was not told yet; 0 if there is none. */
    private long dirtySince;
    private PeerTable told = PeerTable.EMPTY;
    private boolean toldOnce;
    /** Kinds that cannot be read at the moment. Under the listener's lock. */
    private final Set<Object> troubled = new HashSet<>();

    private KubernetesPeers(KubernetesApi api, String cluster, PeerListener listener, Duration pageDead) {
        this.api = api;
        this.listener = listener;
        this.podReflector = new Reflector<>(api, "/api/v1/pods", LIVING, pod -> Pods.parse(pod, cluster), pods,
                pageDead);
        this.sliceReflector = new Reflector<>(api, "/apis/discovery.k8s.io/v1/endpointslices", "", EndpointSlices::parse, slices,
                pageDead);
        this.threads = new Thread[] {thread("pods", podReflector), thread("slices", sliceReflector), thread("tell", this::tell)};
    }

    /**
     * Starts to read; returns at once.
     *
     * @param api which this closes
     * @param cluster the name that all workloads get as theirs
     */
    public static KubernetesPeers start(KubernetesApi api, String cluster, PeerListener listener) {
        return start(api, cluster, listener, Reflector.PAGE_DEAD);
    }

    static KubernetesPeers start(KubernetesApi api, String cluster, PeerListener listener, Duration pageDead) {
        KubernetesPeers peers = new KubernetesPeers(api, cluster, listener, pageDead);
        for (Thread thread : peers.threads) {
            thread.start();
        }
        return peers;
    }

    @Override
    public void close() {
        podReflector.close();
        sliceReflector.close();
        for (Thread thread : threads) {
            thread.interrupt();
        }
        api.close();
    }

    private static Thread thread(String name, Runnable work) {
        return Thread.ofPlatform().name("sockway-peers-" + name).daemon().unstarted(work);
    }

    /** All objects of one kind, by uid. */
    private final class Collection<T> implements Reflector.Target<T> {
        private final Map<String, T> objects = new HashMap<>();
        private boolean listed;

        @Override
        public void replaced(Map<String, T> all) {
            synchronized (KubernetesPeers.this) {
                objects.clear();
                objects.putAll(all);
                listed = true;
                touched();
            }
        }

        @Override
        public void put(String uid, T value) {
            synchronized (KubernetesPeers.this) {
                if (!value.equals(objects.put(uid, value))) {
                    touched();
                }
            }
        }

        @Override
        public void removed(String uid) {
            synchronized (KubernetesPeers.this) {
                objects.remove(uid);
                touched();
            }
        }

        @Override
        public void reached() {
            synchronized (listener) {
                if (troubled.remove(this) && troubled.isEmpty()) {
                    listener.recovered();
                }
            }
        }

        @Override
        public void troubled(String reason) {
            synchronized (listener) {
                troubled.add(this);
                listener.troubled(reason);
            }
        }
    }

    /** Under the lock. */
    private void touched() {
        if (dirtySince == 0) {
            dirtySince = System.nanoTime();
        }
        notifyAll();
    }

    private void tell() {
        try {
            while (true) {
                long since;
                synchronized (this) {
                    while (dirtySince == 0 || !pods.listed || !slices.listed) {
                        wait();
                    }
                    since = dirtySince;
                }
                Thread.sleep(GATHER);
                PeerTable next;
                synchronized (this) {
                    dirtySince = 0;
                    next = table();
                }
                PeerTable.Changes changes = told.changesTo(next);
                told = next;
                if (!changes.isEmpty() || !toldOnce) {
                    toldOnce = true;
                    synchronized (listener) {
                        listener.changed(next, changes, Duration.ofNanos(System.nanoTime() - since));
                    }
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private PeerTable table() {
        Map<String, Map<String, Set<Integer>>> services = new HashMap<>();
        for (EndpointSlices.Slice slice : slices.objects.values()) {
            if (!slice.service().isEmpty()) {
                slice.addresses().forEach(address -> services.computeIfAbsent(address, key -> new HashMap<>())
                        .merge(slice.service(), slice.ports(), KubernetesPeers::union));
            }
        }
        Map<String, Pods.Pod> owners = new HashMap<>();
        for (Pods.Pod pod : pods.objects.values()) {
            pod.addresses().forEach(address -> owners.merge(address, pod, BinaryOperator.maxBy(Pods.Pod.CLAIM)));
        }
        Map<String, Workload> workloads = new HashMap<>();
        owners.forEach((address, pod) ->
                workloads.put(address, pod.workload().withServices(services.getOrDefault(address, Map.of()))));
        return new PeerTable(workloads);
    }

    private static Set<Integer> union(Set<Integer> one, Set<Integer> other) {
        Set<Integer> both = new HashSet<>(one);
        both.addAll(other);
        return both;
    }
}
