package io.sockway.bench.pods;

import java.util.List;
import java.util.Set;

/** What shortens the way of bytes, if anything. */
public sealed interface Accelerator {
    /** Nothing. */
    record None() implements Accelerator {
    }

    /**
     * Sockway in both pods.
     *
     * @param flags for {@code sockway run}, besides the pods
     */
    record Sockway(List<String> flags) implements Accelerator {
    }

    /**
     * Another BPF object, attached to both pods.
     *
     * @param attachments in their order
     * @param redirects the names of the hops that it is said to redirect
     */
    record Peer(List<Attachment> attachments, Set<String> redirects) implements Accelerator {
    }

    /**
     * Where a program of an object goes.
     *
     * @param program its name in the object
     * @param type as bpftool names it
     * @param map that it is attached to, by its name in the object; empty for the pods' cgroups
     */
    record Attachment(String program, String type, String map) {
    }
}
