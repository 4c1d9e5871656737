package io.sockway.node.doctor;

import java.util.List;
import java.util.Map;

/**
 * What Sockway does on this node by the programs and maps under one folder of pins. Each injected pod has one of its own.
 *
 * @param pins where its pins are, or would be
 * @param cgroups attached cgroups; empty where nothing is attached
 * @param mode {@code on}, {@code paused} or {@code observe}
 * @param served whether a sidecar runs, without which new connections stay on TCP
 * @param redirected messages that were handed from socket to socket so far
 * @param passes messages of enrolled flows that took TCP so far, by reason in words
 * @param waiting live flows that are not enrolled, by reason in words
 * @param refused connections that found the table of flows full so far
 * @param habits processes that do with their sockets what a sockmap cannot carry
 */
public record MeshState(String pins, List<String> cgroups, String mode, boolean served, long redirected, Map<String, Long> passes,
        Map<String, Long> waiting, long refused, int maxFlows, List<Habit> habits) {
    /**
     * What a process does.
     *
     * @param words process, socket count and deed
     * @param late on so many sockets before it was known, where it saw something else than TCP shows
     */
    public record Habit(String words, long late) {
    }

    /** Where nothing is attached. */
    public static MeshState absent(String pins) {
        return new MeshState(pins, List.of(), "", false, 0, Map.of(), Map.of(), 0, 0, List.of());
    }

    /** Whether any cgroup is attached. */
    public boolean attached() {
        return !cgroups.isEmpty();
    }
}
