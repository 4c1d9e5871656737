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

    /** What can begin to tell, and cannot fail any more. */
    interface Source {
        /** Begins to tell {@code listener}; the caller closes the result. */
        AutoCloseable open(PeerListener listener);
    }

    /** Refuses a file that cannot be read. Whether there is a cluster is not asked: it may be another machine that is in it. */
    static void requirePossible(TelemetrySettings settings) {
        file(settings);
    }

    private static Optional<Path> file(TelemetrySettings settings) {
        Optional<String> source = settings.peers().filter(each -> !each.equals(KUBERNETES));
        source.filter(each -> !Files.isReadable(Path.of(each)) || Files.isDirectory(Path.of(each))).ifPresent(each -> {
            throw new TelemetryException("--peers " + each + " is neither 'kubernetes' nor a file that can be read");
        });
        return source.map(Path::of);
    }

    /**
     * The source that the settings name.
     *
     * @throws TelemetryException if it cannot be used
     */
    static Source of(TelemetrySettings settings) {
        if (settings.peers().isEmpty()) {
            return _ -> () -> {
            };
        }
        Optional<Path> file = file(settings);
        if (file.isPresent()) {
            return listener -> PeerFile.open(file.get(), listener);
        }
        try {
            Optional<KubernetesApi> api = KubernetesApi.ofPod();
            if (api.isEmpty()) {
                throw new TelemetryException("--peers kubernetes: this is no pod (KUBERNETES_SERVICE_HOST is not set); name a file");
            }
            String cluster = settings.identity().part("cluster");
            return listener -> KubernetesPeers.start(api.get(), cluster.isEmpty() ? DEFAULT_CLUSTER : cluster, listener);
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
