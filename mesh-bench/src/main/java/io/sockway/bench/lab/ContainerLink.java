package io.sockway.bench.lab;

/** How a pod's network reaches another node. */
public enum ContainerLink {
    HOST("host", "no pod network: the processes use the node's own"),
    BRIDGE("veth-bridge", "a veth pair into a bridge that the node's device is part of"),
    ROUTES("veth-routes", "a veth pair, and routes on the nodes (host-gw)"),
    VXLAN("vxlan", "a veth pair into a bridge with a VXLAN tunnel"),
    MACVLAN("macvlan", "a macvlan on the node's device"),
    IPVLAN("ipvlan", "an ipvlan on the node's device");

    private final String option;
    private final String words;

    ContainerLink(String option, String words) {
        this.option = option;
        this.words = words;
    }

    /** How scenarios write it. */
    public String option() {
        return option;
    }

    /** For people. */
    public String words() {
        return words;
    }
}
