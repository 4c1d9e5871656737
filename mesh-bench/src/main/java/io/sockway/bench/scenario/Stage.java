package io.sockway.bench.scenario;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.SockwayStatus;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A variant that runs and waits for load. Its scope ends it. */
public interface Stage {
    /** What the load asks for: {@code http://HOST:PORT/PATH}, or {@code tcp://HOST:PORT}. */
    URI target();

    /** Where the load runs. */
    ProcessGroup client();

    /** The way of a request, as far as its sockets can be told; read by TCP_INFO while the load runs. */
    default List<Hop> hops() {
        return List.of();
    }

    /** Called after the load: fails if one of its processes has ended. */
    void requireAlive();

    /** Called after the load: what makes this round invalid, or nothing. */
    default List<String> problems() {
        return List.of();
    }

    /** Called after the load: further figures of this round; names end in the unit. */
    default Map<String, Double> extras() {
        return Map.of();
    }

    /** Called last: what Sockway counted, if it ran; it is detached as a user would do it. */
    default Optional<SockwayStatus> finish() {
        return Optional.empty();
    }
}
