package io.sockway.node.trace;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What BPF programs saw in a time.
 *
 * @param drops dropped packets, most first; empty where that is not seen
 * @param restarts connections that paused and then began slowly again; empty where that is not seen
 */
public record KernelEvents(Optional<List<Drop>> drops, OptionalLong restarts) {
    /** Where no program runs. */
    public static final KernelEvents UNSEEN = new KernelEvents(Optional.empty(), OptionalLong.empty());
}
