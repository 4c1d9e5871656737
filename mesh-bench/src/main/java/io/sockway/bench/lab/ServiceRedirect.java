package io.sockway.bench.lab;

import java.util.Map;
import java.util.stream.Collectors;

/** The way of a connection to a service through a pod's own proxy: an address that nobody has, and a REDIRECT rule. */
public final class ServiceRedirect {
    private ServiceRedirect() {
    }

    /**
     * Sends what the pod's processes send to {@code servicePort} of the service to {@code listenerPort} of the pod's loopback; goes
     * with the pod's namespace. Both ends then take different addresses and ports for the server's.
     *
     * @return the service's address
     */
    public static String apply(Pod pod, IpFamily family, int servicePort, int listenerPort) {
        return apply(pod, family, Map.of(servicePort, listenerPort));
    }

    /** The same for several ports of the service, each with the port of its listener; all that a pod has for a family. */
    public static String apply(Pod pod, IpFamily family, Map<Integer, Integer> listeners) {
        NetworkNamespace namespace = pod.namespace();
        namespace.ip(family == IpFamily.IPV6 ? "-6" : "-4", "route", "add", "local", family.service(), "dev", "lo");
        NatTable.load(namespace, family, listeners.entrySet().stream()
                .map(ports -> "-A OUTPUT -p tcp -d %s --dport %d -j REDIRECT --to-ports %d%n".formatted(
                        family.service(), ports.getKey(), ports.getValue()))
                .collect(Collectors.joining("", "*nat\n", "COMMIT\n")));
        return family.service();
    }
}
