package io.sockway.xds.peers;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Workloads by address. Immutable.
 *
 * @param workloads by IP address, in the form of {@code InetAddress.getHostAddress}
 */
public record PeerTable(Map<String, Workload> workloads) {
    /** Nobody is known. */
    public static final PeerTable EMPTY = new PeerTable(Map.of());

    /** A copy of {@code workloads}. */
    public PeerTable {
        workloads = Map.copyOf(workloads);
    }

    /**
     * What makes one table of another.
     *
     * @param changed new addresses, and those that have another workload now
     * @param removed addresses that nobody has any more
     */
    public record Changes(Map<String, Workload> changed, Set<String> removed) {
        /** Whether the tables are equal. */
        public boolean isEmpty() {
            return changed.isEmpty() && removed.isEmpty();
        }
    }

    /** What has to be changed to get {@code next}. */
    public Changes changesTo(PeerTable next) {
        Map<String, Workload> changed = new HashMap<>();
        next.workloads.forEach((address, workload) -> {
            if (!workload.equals(workloads.get(address))) {
                changed.put(address, workload);
            }
        });
        Set<String> removed = new HashSet<>(workloads.keySet());
        removed.removeAll(next.workloads.keySet());
        return new Changes(changed, removed);
    }
}
