package io.sockway.bench.scenario;

import java.util.List;

/** A kind of place in which variants can be measured. It reads its part of a scenario; stateless. */
public interface Topology {
    /** As scenarios name it. */
    String name();

    /** In one sentence, for people. */
    String description();

    /**
     * Reads the keys that are its own.
     *
     * @param scenario the whole scenario; the frame's own keys are read already
     * @param variants one for each, of which the name is read already
     * @return of no use if there were problems, which the fields collect
     */
    Blueprint read(Fields scenario, List<Fields> variants);
}
