package io.sockway.bench.demo;

import io.sockway.bench.pods.Accelerator;
import io.sockway.bench.pods.PodSpec;
import java.util.List;

/** A way to run the mesh. */
enum Variant {
    /** The mesh alone. */
    PLAIN("plain", "plain", new Accelerator.None()),

    /** Sockway in both pods: the hops within a pod are short-circuited. */
    SOCKWAY("sockway", "sockway", new Accelerator.Sockway(List.of())),

    /** The same, and the hop between the pods of this node as well. */
    SAME_NODE("same-node", "sockway --same-node", new Accelerator.Sockway(List.of("--same-node")));

    private final String option;
    private final String label;
    private final Accelerator accelerator;

    Variant(String option, String label, Accelerator accelerator) {
        this.option = option;
        this.label = label;
        this.accelerator = accelerator;
    }

    /** How it is written on the command line. */
    String option() {
        return option;
    }

    /** What is started for it. */
    PodSpec spec() {
        return new PodSpec(label, true, false, accelerator);
    }
}
