package io.sockway.bench.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The nat rules that istio-init writes into a pod for "all ports in, all ports out": what the app sends goes to the proxy on 15001,
 * what comes in goes to the proxy on 15006, and the proxy's own traffic (uid and gid 1337, or from 127.0.0.6) goes its way.
 */
final class IstioRules {
    /** The proxy's listener for what the pod sends. */
    static final int OUTBOUND_PORT = 15001;

    /** The proxy's listener for what the pod receives. */
    static final int INBOUND_PORT = 15006;

    /** Tunnels between proxies (HBONE), already meant for the proxy. */
    private static final int TUNNEL_PORT = 15008;

    /** Envoy's Prometheus port, health, merged metrics: reached from outside without the proxy's inbound listener. */
    private static final List<Integer> DIRECT_PORTS = List.of(15090, 15021, 15020);

    private IstioRules() {
    }

    static void apply(Pod pod) {
        if (pod.family() == IpFamily.IPV6) {
            pod.addAddress(pod.family().inboundSourceNetwork(), "lo");
        }
        NatTable.load(pod.namespace(), pod.family(), rules(pod.family()));
    }

    /** The rules in the form of iptables-save. */
    static String rules(IpFamily family) {
        List<String> lines = new ArrayList<>(List.of(
                "*nat",
                ":ISTIO_INBOUND - [0:0]",
                ":ISTIO_REDIRECT - [0:0]",
                ":ISTIO_IN_REDIRECT - [0:0]",
                ":ISTIO_OUTPUT - [0:0]",
                "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports " + OUTBOUND_PORT,
                "-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports " + INBOUND_PORT,
                "-A PREROUTING -p tcp -j ISTIO_INBOUND"));
        Stream.concat(Stream.of(TUNNEL_PORT), DIRECT_PORTS.stream())
                .map("-A ISTIO_INBOUND -p tcp --dport %d -j RETURN"::formatted)
                .forEach(lines::add);
        lines.add("-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT");
        lines.add("-A OUTPUT -j ISTIO_OUTPUT");
        lines.add("-A ISTIO_OUTPUT -o lo -s %s -j RETURN".formatted(family.inboundSourceNetwork()));
        lines.addAll(proxyRules(family, "--uid-owner " + User.PROXY.uid()));
        lines.addAll(proxyRules(family, "--gid-owner " + User.PROXY.gid()));
        lines.add("-A ISTIO_OUTPUT -d %s -j RETURN".formatted(family.loopback()));
        lines.add("-A ISTIO_OUTPUT -j ISTIO_REDIRECT");
        lines.add("COMMIT");
        return String.join("\n", lines) + "\n";
    }

    private static List<String> proxyRules(IpFamily family, String owner) {
        return List.of(
                "-A ISTIO_OUTPUT -o lo ! -d %s -p tcp ! --dport %d -m owner %s -j ISTIO_IN_REDIRECT"
                        .formatted(family.loopback(), TUNNEL_PORT, owner),
                "-A ISTIO_OUTPUT -o lo -m owner ! %s -j RETURN".formatted(owner),
                "-A ISTIO_OUTPUT -m owner %s -j RETURN".formatted(owner));
    }
}
