package io.sockway.bench.demo;

import io.sockway.bench.lab.Hop;
import io.sockway.bench.report.Report;
import java.util.List;
import java.util.Optional;

/** A way to run the mesh. */
enum Variant {
    /** The mesh alone. */
    PLAIN("plain", Report.BASELINE, Optional.empty()),

    /** Sockway in both pods: the hops within a pod are short-circuited. */
    SOCKWAY("sockway", "sockway", Optional.of(List.of())),

    /** The same, and the hop between the pods of this node as well. */
    SAME_NODE("same-node", "sockway --same-node", Optional.of(List.of("--same-node")));

    private final String option;
    private final String label;
    private final Optional<List<String>> flags;

    Variant(String option, String label, Optional<List<String>> flags) {
        this.option = option;
        this.label = label;
        this.flags = flags;
    }

    /** How it is written on the command line. */
    String option() {
        return option;
    }

    /** How reports call it. */
    String label() {
        return label;
    }

    /** What {@code sockway run} is given besides the pods; empty where Sockway is not used. */
    Optional<List<String>> flags() {
        return flags;
    }

    /** Whether TCP is expected to carry (next to) nothing on the hop. */
    boolean redirects(Hop hop) {
        return flags.isPresent() && (hop.local() || this == SAME_NODE);
    }
}
