package io.sockway.sockops;

/**
 * What the programs are told. All but {@code maxFlows} can change while they run.
 *
 * @param mode what the gate does
 * @param sameNode whether flows between network namespaces are redirected too, and to other pods that share theirs
 * @param includePorts when not empty, only flows that dialled or answer at one of these
 * @param excludePorts never flows that dialled or answer at one of these
 * @param turns data segments each way before a flow is enrolled; at least 1
 * @param maxFlows flows known at a time; later ones stay on TCP
 */
public record Settings(Mode mode, boolean sameNode, PortSet includePorts, PortSet excludePorts, int turns, int maxFlows) {
    /** Flows known at a time unless said otherwise. */
    public static final int DEFAULT_MAX_FLOWS = 16384;

    /** Segments each way before enrolment unless said otherwise. */
    public static final int DEFAULT_TURNS = 3;

    /** On, within each namespace, all ports. */
    public static final Settings DEFAULT = new Settings(Mode.ON, false, PortSet.NONE, PortSet.NONE, DEFAULT_TURNS, DEFAULT_MAX_FLOWS);

    /** The same, with or without flows between namespaces and pods. */
    public Settings withSameNode(boolean on) {
        return new Settings(mode, on, includePorts, excludePorts, turns, maxFlows);
    }
}
