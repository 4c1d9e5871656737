package io.sockway.node.doctor;

/** Tells what Sockway does on this node; the process that knows the accelerator provides it. */
@FunctionalInterface
public interface MeshProbe {
    /**
     * Looks now.
     *
     * @throws io.sockway.node.host.HostException with one line for people when it may not look
     */
    MeshState look();
}
