package io.sockway.bench.lab;

import java.util.List;
import java.util.function.Predicate;

/**
 * One leg of a request's way, from one process to the next.
 *
 * @param name what people and reports call it
 * @param local whether it stays within one pod
 * @param ends its two ends
 */
public record Hop(String name, boolean local, List<End> ends) {
    public Hop {
        ends = List.copyOf(ends);
    }

    /**
     * The sockets of one side of a hop.
     *
     * @param pod where they live
     * @param sockets tells them from the pod's other sockets
     */
    public record End(Pod pod, Predicate<TcpSocket> sockets) {
    }
}
