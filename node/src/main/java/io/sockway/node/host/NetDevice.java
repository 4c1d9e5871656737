package io.sockway.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * A network device of this namespace.
 *
 * @param driver the driver's name, empty where unknown
 * @param physical whether a piece of hardware, or a hypervisor's, is behind it
 * @param numaNode its NUMA node, -1 where there is none
 * @param speedMbit link speed in Mbit/s, 0 where unknown
 */
public record NetDevice(String name, String driver, boolean physical, int numaNode, long speedMbit, int rxQueues, int txQueues) {
    private static final String FOLDER = "sys/class/net/";

    /** The devices that are in {@code /proc/net/dev}; those that /sys does not show have no queues. */
    public static List<NetDevice> all(Host host) {
        List<NetDevice> devices = new ArrayList<>();
        host.text("proc/net/dev").ifPresent(text -> text.lines().filter(line -> line.indexOf(':') > 0)
                .map(line -> line.substring(0, line.indexOf(':')).strip()).forEach(name -> devices.add(read(host, name))));
        return devices;
    }

    private static NetDevice read(Host host, String name) {
        List<String> queues = host.names(FOLDER + name + "/queues");
        boolean physical = host.has(FOLDER + name + "/device");
        return new NetDevice(name, host.ethtool().driver(name).orElse(""), physical,
                (int) host.number(FOLDER + name + "/device/numa_node").orElse(-1),
                physical ? Math.max(0, host.number(FOLDER + name + "/speed").orElse(0)) : 0,
                (int) queues.stream().filter(queue -> queue.startsWith("rx-")).count(),
                (int) queues.stream().filter(queue -> queue.startsWith("tx-")).count());
    }

    /** Whether it is one end of a virtual cable between namespaces. */
    public boolean isVeth() {
        return driver.equals("veth");
    }

    /** Whether /sys shows it: a process may be in another network namespace than its /sys. */
    public boolean visible() {
        return rxQueues > 0;
    }

    /** A file of this device in /sys. */
    public String file(String path) {
        return FOLDER + name + "/" + path;
    }
}
