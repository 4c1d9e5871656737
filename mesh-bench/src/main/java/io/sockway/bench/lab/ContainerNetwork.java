package io.sockway.bench.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Two nodes with a pod each, all of them network namespaces; the nodes are joined by veth. The pods and nodes live as long as their
 * lab, the links between them as long as the scopes that they are made in. One link at a time.
 *
 * <pre>
 *   client pod --- node 1 ===== node 2 --- server pod
 * </pre>
 */
public final class ContainerNetwork {
    private static final String UNDERLAY = "under";
    private static final String POD_DEVICE = "eth0";
    private static final String NODE_SIDE = "pod";
    private static final String BRIDGE = "br0";
    private static final String TUNNEL = "vx0";
    private static final int TUNNEL_MTU = 1450;

    private final List<Pod> nodes;
    private final List<Pod> pods;

    private ContainerNetwork(List<Pod> nodes, List<Pod> pods) {
        this.nodes = nodes;
        this.pods = pods;
    }

    /**
     * Where processes go.
     *
     * @param client what asks
     * @param server what answers
     * @param address of the server
     * @param device that both have the address on
     */
    public record Ends(Pod client, Pod server, String address, String device) {
    }

    /** Makes nodes and pods; the client's side keeps to one CPU and the server's to another where there are two. */
    public static ContainerNetwork create(Lab lab) {
        List<Integer> cpus = Cpus.allowed();
        List<OptionalInt> pinned = cpus.size() > 1 ? List.of(OptionalInt.of(cpus.get(0)), OptionalInt.of(cpus.get(1)))
                : List.of(OptionalInt.empty(), OptionalInt.empty());
        return new ContainerNetwork(
                List.of(lab.pod("node1", 1, IpFamily.IPV4, pinned.get(0)), lab.pod("node2", 2, IpFamily.IPV4, pinned.get(1))),
                List.of(lab.pod("pod1", 1, IpFamily.IPV4, pinned.get(0)), lab.pod("pod2", 2, IpFamily.IPV4, pinned.get(1))));
    }

    /** Links the pods; fails with what the system says where the kernel lacks the kind of link. */
    public Ends connect(Scope scope, ContainerLink link) {
        device(scope, nodes.getFirst(), UNDERLAY, "type", "veth", "peer", "name", UNDERLAY, "netns", nodes.getLast().namespace().name());
        for (int side = 0; side < 2; side++) {
            Pod node = nodes.get(side);
            node.namespace().ip("addr", "add", underlay(side) + "/24", "dev", UNDERLAY);
            node.namespace().ip("link", "set", UNDERLAY, "up");
        }
        for (int side = 0; side < 2; side++) {
            switch (link) {
                case HOST -> {
                }
                case BRIDGE -> bridge(scope, side, UNDERLAY);
                case VXLAN -> vxlan(scope, side);
                case ROUTES -> routes(scope, side);
                case MACVLAN -> sub(scope, side, "macvlan", "bridge");
                case IPVLAN -> sub(scope, side, "ipvlan", "l2");
            }
        }
        return link == ContainerLink.HOST ? new Ends(nodes.getFirst(), nodes.getLast(), underlay(1), UNDERLAY)
                : new Ends(pods.getFirst(), pods.getLast(), link == ContainerLink.ROUTES ? routed(1) : bridged(1), POD_DEVICE);
    }

    private void bridge(Scope scope, int side, String uplink) {
        Pod node = nodes.get(side);
        device(scope, node, BRIDGE, "type", "bridge");
        node.namespace().ip("link", "set", uplink, "master", BRIDGE);
        node.namespace().ip("link", "set", BRIDGE, "up");
        veth(scope, side, bridged(side));
        node.namespace().ip("link", "set", NODE_SIDE, "master", BRIDGE);
    }

    private void vxlan(Scope scope, int side) {
        Pod node = nodes.get(side);
        device(scope, node, TUNNEL, "type", "vxlan", "id", "42", "local", underlay(side), "remote", underlay(1 - side), "dstport", "4789",
                "dev", UNDERLAY);
        node.namespace().ip("link", "set", TUNNEL, "up");
        bridge(scope, side, TUNNEL);
        pods.get(side).namespace().ip("link", "set", POD_DEVICE, "mtu", Integer.toString(TUNNEL_MTU));
    }

    private void routes(Scope scope, int side) {
        Pod node = nodes.get(side);
        veth(scope, side, routed(side));
        node.namespace().ip("addr", "add", gateway(side) + "/24", "dev", NODE_SIDE);
        node.namespace().ip("route", "add", "10.79.%d.0/24".formatted(2 - side), "via", underlay(1 - side));
        pods.get(side).namespace().ip("route", "add", "default", "via", gateway(side));
        node.namespace().command("/bin/sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward").run();
    }

    private void sub(Scope scope, int side, String type, String mode) {
        Pod node = nodes.get(side);
        Pod pod = pods.get(side);
        node.namespace().ip("link", "add", "link", UNDERLAY, "name", "sub0", "type", type, "mode", mode);
        node.namespace().ip("link", "set", "sub0", "netns", pod.namespace().name(), "name", POD_DEVICE);
        scope.own(() -> () -> pod.namespace().command(Tool.IP.path(), "link", "delete", POD_DEVICE).result());
        pod.namespace().ip("addr", "add", bridged(side) + "/24", "dev", POD_DEVICE);
        pod.namespace().ip("link", "set", POD_DEVICE, "up");
    }

    private void veth(Scope scope, int side, String address) {
        Pod node = nodes.get(side);
        Pod pod = pods.get(side);
        device(scope, node, NODE_SIDE, "type", "veth", "peer", "name", POD_DEVICE, "netns", pod.namespace().name());
        node.namespace().ip("link", "set", NODE_SIDE, "up");
        pod.namespace().ip("addr", "add", address + "/24", "dev", POD_DEVICE);
        pod.namespace().ip("link", "set", POD_DEVICE, "up");
    }

    /** The other end of a pair goes with it. */
    private static void device(Scope scope, Pod place, String name, String... type) {
        scope.own(() -> {
            List<String> command = new ArrayList<>(List.of("link", "add", name));
            command.addAll(List.of(type));
            place.namespace().ip(command.toArray(String[]::new));
            return () -> place.namespace().command(Tool.IP.path(), "link", "delete", name).result();
        });
    }

    private static String underlay(int side) {
        return "10.78.0." + (side + 1);
    }

    private static String bridged(int side) {
        return "10.79.0." + (side + 1);
    }

    private static String routed(int side) {
        return "10.79.%d.2".formatted(side + 1);
    }

    private static String gateway(int side) {
        return "10.79.%d.1".formatted(side + 1);
    }
}
