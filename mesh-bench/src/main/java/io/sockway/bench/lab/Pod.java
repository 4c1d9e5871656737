package io.sockway.bench.lab;

import java.nio.file.Path;
import java.util.List;

/**
 * A network namespace and a cgroup with an address, as a kubelet would make them. The lab that made it owns both.
 *
 * @param name unique in its lab
 * @param number the last part of its address
 * @param family which addresses it has
 * @param namespace where its sockets live
 * @param processes what runs in it
 */
public record Pod(String name, int number, IpFamily family, NetworkNamespace namespace, ProcessGroup processes) {
    private static final String INTERFACE = "eth0";

    public String address() {
        return family.pod(number);
    }

    /** The folder of its cgroup, which has its name. */
    public Path cgroup() {
        return processes.cgroup().directory();
    }

    /** Every established TCP connection in the pod, as TCP_INFO describes it now. */
    public List<TcpSocket> sockets() {
        return TcpSocket.parse(namespace.command(Tool.SS.path(), "-tinHO").run());
    }

    /** Joins this pod to another by a pair of virtual Ethernet devices, each being the other's default route. */
    void connect(Pod other) {
        namespace.ip("link", "add", INTERFACE, "type", "veth", "peer", "name", INTERFACE, "netns", other.namespace.name());
        for (Pod pod : List.of(this, other)) {
            pod.addAddress(family.podNetwork(pod.number), INTERFACE);
            pod.namespace.ip("link", "set", INTERFACE, "up");
        }
        addRoute(other);
        other.addRoute(this);
    }

    void addAddress(String network, String device) {
        if (family == IpFamily.IPV6) {
            // Duplicate detection would leave the address unusable for its first second.
            namespace.ip("-6", "addr", "add", network, "dev", device, "nodad");
        } else {
            namespace.ip("addr", "add", network, "dev", device);
        }
    }

    private void addRoute(Pod gateway) {
        namespace.ip(family == IpFamily.IPV6 ? "-6" : "-4", "route", "add", "default", "via", gateway.address());
    }
}
