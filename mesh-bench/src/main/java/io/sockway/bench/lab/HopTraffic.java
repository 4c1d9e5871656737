package io.sockway.bench.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What TCP carried on each hop's sockets so far, as the kernel's TCP_INFO has it: independent of who sends and who accelerates.
 * Bytes that a sockmap moved from socket to socket are in none of these numbers.
 */
public final class HopTraffic {
    private final Map<Hop, Map<Key, Bytes>> sockets;

    /**
     * Bytes on both ends of a hop.
     *
     * @param received sum of tcpi_bytes_received
     * @param acked sum of tcpi_bytes_acked
     */
    public record Bytes(long received, long acked) {
        private static final Bytes NONE = new Bytes(0, 0);

        private Bytes plus(Bytes other) {
            return new Bytes(received + other.received, acked + other.acked);
        }

        private Bytes minus(Bytes other) {
            return new Bytes(received - other.received, acked - other.acked);
        }
    }

    private record Key(Pod pod, TcpSocket.Endpoint local, TcpSocket.Endpoint remote) {
    }

    private HopTraffic(Map<Hop, Map<Key, Bytes>> sockets) {
        this.sockets = sockets;
    }

    /** Reads the sockets of every pod that the hops touch, each pod once. */
    public static HopTraffic read(List<Hop> hops) {
        Map<Pod, List<TcpSocket>> socketsByPod = hops.stream()
                .flatMap(hop -> hop.ends().stream()).map(Hop.End::pod).distinct()
                .collect(Collectors.toMap(pod -> pod, Pod::sockets));
        Map<Hop, Map<Key, Bytes>> sockets = new LinkedHashMap<>();
        for (Hop hop : hops) {
            Map<Key, Bytes> own = new LinkedHashMap<>();
            for (Hop.End end : hop.ends()) {
                socketsByPod.get(end.pod()).stream().filter(end.sockets()).forEach(socket -> own.put(
                        new Key(end.pod(), socket.local(), socket.remote()), new Bytes(socket.bytesReceived(), socket.bytesAcked())));
            }
            sockets.put(hop, own);
        }
        return new HopTraffic(sockets);
    }

    /** How many sockets, of both ends, the hop has. */
    int sockets(Hop hop) {
        return sockets.get(hop).size();
    }

    /** What came on each hop since {@code earlier}, on the sockets that exist now. */
    public Map<Hop, Bytes> since(HopTraffic earlier) {
        Map<Hop, Bytes> difference = new LinkedHashMap<>();
        sockets.forEach((hop, now) -> {
            Map<Key, Bytes> before = earlier.sockets.get(hop);
            difference.put(hop, now.entrySet().stream()
                    .map(entry -> entry.getValue().minus(before.getOrDefault(entry.getKey(), Bytes.NONE)))
                    .reduce(Bytes.NONE, Bytes::plus));
        });
        return difference;
    }
}
