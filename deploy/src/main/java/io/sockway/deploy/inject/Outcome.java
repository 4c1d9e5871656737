package io.sockway.deploy.inject;

import java.util.List;

/** What the injector decided for a pod. */
public sealed interface Outcome {
    /**
     * The pod gets Sockway.
     *
     * @param edits to the pod, in order
     * @param required whether the pod must not start without Sockway
     * @param warnings of what it asks for in vain, a line each
     */
    record Injected(List<Edit> edits, boolean required, List<String> warnings) implements Outcome {
    }

    /**
     * The pod stays as it is.
     *
     * @param reason in words, to follow the pod's name and a colon
     */
    record Skipped(String reason) implements Outcome {
    }

    /**
     * The pod stays as it is because what it asks for cannot be done.
     *
     * @param problem one line
     * @param required whether the pod must not start without Sockway
     */
    record Refused(String problem, boolean required) implements Outcome {
    }
}
