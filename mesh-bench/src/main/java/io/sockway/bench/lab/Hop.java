package io.sockway.bench.lab;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
     * Whether an end of it is of one of these processes.
     *
     * @param processes names as in /proc/PID/comm; one that is no server's is taken for the load generator
     */
    public boolean usedBy(Set<String> processes) {
        return ends.stream().anyMatch(end -> end.server().map(server -> processes.contains(server.comm()))
                .orElseGet(() -> processes.stream().anyMatch(name -> Server.of(name).isEmpty())));
    }

    /** What answers in a lab. */
    public enum Server {
        ENVOY, NGINX;

        private String comm() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Optional<Server> of(String comm) {
            return Stream.of(values()).filter(server -> server.comm().equals(comm)).findFirst();
        }
    }

    /**
     * The sockets of one side of a hop.
     *
     * @param pod where they live
     * @param server whose they are; empty for the load generator
     * @param sockets tells them from the pod's other sockets
     */
    public record End(Pod pod, Optional<Server> server, Predicate<TcpSocket> sockets) {
    }
}
