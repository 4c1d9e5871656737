package io.sockway.sidecar.telemetry;

import io.netty.util.NetUtil;
import io.sockway.xds.peers.KubernetesApi;
import io.sockway.xds.peers.KubernetesPeers;
import io.sockway.xds.peers.PeerFile;
import io.sockway.xds.peers.PeerListener;
import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.stats.Workload;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Where it is known who is behind an address. */
final class Peers {
    private static final String KUBERNETES = "kubernetes";
    private static final String DEFAULT_CLUSTER = "Kubernetes";

    private Peers() {
    }

    /** Begins to tell {@code listener}; the caller closes the result. */
    static AutoCloseable open(TelemetrySettings settings, PeerListener listener) {
        if (settings.peers().isEmpty()) {
            return () -> {
            };
        }
        String source = settings.peers().get();
        if (!source.equals(KUBERNETES)) {
            Path file = Path.of(source);
            if (!Files.isReadable(file)) {
                throw new TelemetryException("--peers " + source + " is neither 'kubernetes' nor a file that can be read");
            }
            return PeerFile.open(file, listener);
        }
        try {
            Optional<KubernetesApi> api = KubernetesApi.ofPod();
            if (api.isEmpty()) {
                throw new TelemetryException("--peers kubernetes: this is no pod (KUBERNETES_SERVICE_HOST is not set); name a file");
            }
            String cluster = settings.identity().part("cluster");
            return KubernetesPeers.start(api.get(), cluster.isEmpty() ? DEFAULT_CLUSTER : cluster, listener);
        } catch (IOException e) {
            throw new TelemetryException("--peers kubernetes: " + e.getMessage() + ": the pod needs a service account token", e);
        }
    }

    /** The workloads as the plugin is told them. Those with a name that no label may have are left out. */
    static Map<String, Workload> workloads(PeerTable table) {
        Map<String, Workload> workloads = new TreeMap<>();
        table.workloads().forEach((address, peer) -> {
            try {
                // As Envoy writes addresses.
                workloads.put(NetUtil.toAddressString(InetAddress.ofLiteral(address)), new Workload(peer.name(), peer.namespace(),
                        peer.canonicalService(), peer.canonicalRevision(), peer.cluster(), peer.app(), peer.version()));
            } catch (IllegalArgumentException e) {
                return;
            }
        });
        return workloads;
    }
}
