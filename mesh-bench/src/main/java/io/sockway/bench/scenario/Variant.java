package io.sockway.bench.scenario;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.SockwayStatus;
import java.util.Optional;

/** One way to do the same work, in a lab that is built. For one thread. */
public interface Variant {
    /** As the scenario names it. */
    String name();

    /** Why it cannot be measured on this machine, if so: it is left out then, and the report says why. */
    default Optional<String> unavailable() {
        return Optional.empty();
    }

    /**
     * Whether it claims that TCP carried next to nothing on the hop; a round that shows otherwise is invalid.
     *
     * @param status as Sockway gave it after the load, if it ran
     */
    default boolean redirects(Hop hop, Optional<SockwayStatus> status) {
        return false;
    }

    /** Starts fresh processes, which {@code scope} owns, and returns when a first request has come back. */
    Stage start(Scope scope, LoadPoint load);
}
