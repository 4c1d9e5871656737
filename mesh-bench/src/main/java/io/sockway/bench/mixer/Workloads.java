package io.sockway.bench.mixer;

import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.peers.Workload;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Who is behind an address or a name of mixer's ({@code kubernetes://POD.NAMESPACE}). Immutable. */
final class Workloads {
    static final Workload UNKNOWN = new Workload("unknown", "unknown", "unknown", "unknown", "", "", "", "", Map.of());

    private static final String SCHEME = "kubernetes://";

    private final Map<String, Workload> byAddress;
    private final Map<String, Workload> byName;

    Workloads(PeerTable peers) {
        byAddress = peers.workloads();
        byName = byAddress.values().stream().collect(Collectors.toMap(
                workload -> SCHEME + workload.name() + "." + workload.namespace(), Function.identity(), (first, _) -> first));
    }

    /** By name, else by address. */
    Workload find(String uid, Optional<byte[]> address) {
        Workload named = byName.get(uid);
        return named != null ? named : address.map(Workloads::literal).map(byAddress::get).orElse(UNKNOWN);
    }

    /** By an address as text. */
    Workload at(String address) {
        return byAddress.getOrDefault(address, UNKNOWN);
    }

    /** In the form that the table has its addresses in. */
    private static String literal(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            return "";
        }
    }
}
