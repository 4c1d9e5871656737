package io.sockway.node.doctor;

import java.util.Arrays;
import java.util.Optional;

/** The parts of a node that are looked at. */
public enum Area {
    /** Descriptor rings of network cards. */
    RINGS("nic-rings", "network card rings"),
    /** The CPUs' queues of packets that came in. */
    KERNEL_INPUT("kernel-input", "kernel packet input"),
    /** Packets that the kernel threw away, by its own account. */
    DROPS("drop-reasons", "dropped packets"),
    /** Which CPU takes in which packets. */
    STEERING("steering", "interrupts and steering"),
    /** Work that devices take off the CPU. */
    OFFLOADS("offloads", "offloads"),
    /** Connections, listeners, ports and buffers. */
    TCP("tcp", "TCP"),
    /** The table of tracked connections. */
    CONNTRACK("conntrack", "connection tracking"),
    /** Time on the CPUs. */
    CPU("cpu", "CPU"),
    /** Free memory and waiting for it. */
    MEMORY("memory", "memory"),
    /** Disks and waiting for them. */
    DISK("disk", "disk"),
    /** Sockway and the Envoys of this node. */
    MESH("mesh", "mesh");

    private final String label;
    private final String title;

    Area(String label, String title) {
        this.label = label;
        this.title = title;
    }

    /** The name in options and JSON. */
    public String label() {
        return label;
    }

    /** The name for people. */
    public String title() {
        return title;
    }

    /** The area of a label. */
    public static Optional<Area> of(String label) {
        return Arrays.stream(values()).filter(area -> area.label.equals(label)).findFirst();
    }
}
