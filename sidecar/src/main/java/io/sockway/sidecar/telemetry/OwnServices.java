package io.sockway.sidecar.telemetry;

import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.stats.PluginConfig;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The services that lead to an Envoy's own workload, as metrics name them. Istio tells them in the metadata of clusters, which Envoy 1.40
 * does not show its filters. Immutable.
 *
 * @param any for what comes in by a cluster that is not in {@code byCluster}; empty where none is known
 * @param byCluster by Istio's names of inbound clusters
 */
record OwnServices(Optional<PluginConfig.Service> any, SortedMap<String, PluginConfig.Service> byCluster) {
    private static final String DOMAIN = "svc.cluster.local";

    /**
     * What the identity says. Otherwise what istiod says of clusters, and of others what the peers of the same workload have, the first in
     * the alphabet where several share a port.
     *
     * @param clusters by their names, as istiod says
     */
    static OwnServices of(NodeIdentity identity, EnvoyNode node, PeerTable peers, SortedMap<String, PluginConfig.Service> clusters) {
        SortedMap<String, PluginConfig.Service> byCluster = new TreeMap<>();
        if (identity.service().isPresent()) {
            return new OwnServices(identity.service(), byCluster);
        }
        SortedMap<String, Set<Integer>> names = new TreeMap<>(Comparator.comparing(OwnServices::first).thenComparing(name -> name));
        String workload = identity.part("workload");
        peers.workloads().values().stream().filter(peer -> !workload.isEmpty() && peer.name().equals(workload)
                && peer.namespace().equals(identity.part("namespace"))).forEach(peer -> peer.services().forEach((name, ports) ->
                        names.computeIfAbsent(name, _ -> new TreeSet<>()).addAll(ports)));
        byCluster.putAll(clusters);
        String domain = domain(node, identity.part("namespace"));
        PluginConfig.Service any = clusters.isEmpty() ? null : clusters.firstEntry().getValue();
        for (Map.Entry<String, Set<Integer>> each : names.entrySet()) {
            try {
                PluginConfig.Service service = inDomain(each.getKey(), domain);
                any = any == null ? service : any;
                each.getValue().forEach(port -> byCluster.putIfAbsent("inbound|" + port + "||", service));
            } catch (IllegalArgumentException e) {
                continue;
            }
        }
        return new OwnServices(Optional.ofNullable(any), byCluster);
    }

    /** A service by its host. */
    static PluginConfig.Service named(String host) {
        return new PluginConfig.Service(host, first(host));
    }

    private static String first(String name) {
        return name.split("\\.", 2)[0];
    }

    /** A name with more than a namespace is a host already. */
    private static PluginConfig.Service inDomain(String name, String domain) {
        return named(name.indexOf('.') > 0 && name.indexOf('.') == name.lastIndexOf('.') ? name + "." + domain : name);
    }

    /** Istio's proxies tell it at the end of their id: {@code sidecar~IP~POD.NAMESPACE~NAMESPACE.DOMAIN}. */
    private static String domain(EnvoyNode node, String namespace) {
        String[] parts = node.id().split("~", -1);
        String start = namespace + ".";
        return parts.length == 4 && parts[3].startsWith(start) && parts[3].length() > start.length() ? parts[3].substring(start.length())
                : DOMAIN;
    }
}
