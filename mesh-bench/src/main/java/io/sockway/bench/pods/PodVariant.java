package io.sockway.bench.pods;

import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.MeshShape;
import io.sockway.bench.lab.PeerObject;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.SockwayStatus;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Protocol;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One way to run the mesh. */
final class PodVariant implements Variant {
    private static final String SAME_NODE = "--same-node";
    private static final int READY_BYTES = 350;

    private final Lab lab;
    private final TwoPodMesh mesh;
    private final PodSpec spec;
    private final Programs programs;

    /**
     * What the variants start.
     *
     * @param envoy the proxy in both pods
     * @param launcher of Sockway, where a variant needs it
     * @param peerObject of another accelerator, if a person named one
     * @param outside where Sockway runs
     */
    record Programs(EnvoyBinary envoy, Optional<Path> launcher, Optional<Path> peerObject, ProcessGroup outside) {
    }

    PodVariant(Lab lab, TwoPodMesh mesh, PodSpec spec, Programs programs) {
        this.lab = lab;
        this.mesh = mesh;
        this.spec = spec;
        this.programs = programs;
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public Optional<String> unavailable() {
        return spec.accelerator() instanceof Accelerator.Peer && programs.peerObject().isEmpty()
                ? Optional.of("no object; name one with --peer-object FILE") : Optional.empty();
    }

    @Override
    public boolean redirects(Hop hop, Optional<SockwayStatus> status) {
        return claims(spec.accelerator(), hop, status);
    }

    static boolean claims(Accelerator accelerator, Hop hop, Optional<SockwayStatus> status) {
        return switch (accelerator) {
            case Accelerator.None _ -> false;
            case Accelerator.Sockway(List<String> flags) -> (hop.local() || flags.contains(SAME_NODE))
                    && status.stream().noneMatch(counted -> hop.usedBy(counted.fionreadUsers()));
            case Accelerator.Peer(var _, var redirected) -> redirected.contains(hop.name());
        };
    }

    @Override
    public Stage start(Scope scope, LoadPoint load) {
        MeshShape shape = new MeshShape(spec.proxies(), app(load.protocol()));
        List<Pod> pods = List.of(mesh.client(), mesh.server());
        Optional<Sockway> sockway = spec.accelerator() instanceof Accelerator.Sockway(List<String> flags)
                ? Optional.of(Sockway.start(scope, lab, programs.outside(), programs.launcher().orElseThrow(), pods, flags))
                : Optional.empty();
        if (spec.accelerator() instanceof Accelerator.Peer(List<Accelerator.Attachment> attachments, var _)) {
            PeerObject object = PeerObject.load(scope, lab, programs.peerObject().orElseThrow());
            attachments.forEach(each -> object.attach(scope, each.program(), each.type(), each.map(), pods));
        }
        Map<String, Integer> files = new HashMap<>(Map.of(Integer.toString(READY_BYTES), READY_BYTES));
        files.put(Integer.toString(load.bodyBytes()), load.bodyBytes());
        TwoPodMesh.Workload workload = mesh.start(scope, programs.envoy(), shape, files);
        sockway.ifPresent(Sockway::awaitAttached);
        mesh.awaitReady(workload);
        return new Running(workload, mesh.url(shape, Integer.toString(load.bodyBytes())), sockway);
    }

    private MeshShape.App app(Protocol protocol) {
        return switch (protocol) {
            case TCP -> MeshShape.App.ECHO;
            case HTTP1 -> spec.unixApp() ? MeshShape.App.NGINX_UNIX : MeshShape.App.NGINX;
            case HTTP2 -> spec.unixApp() ? MeshShape.App.NGINX_UNIX
                    : spec.proxies() ? MeshShape.App.NGINX : MeshShape.App.NGINX_HTTP2;
        };
    }

    private final class Running implements Stage {
        private final TwoPodMesh.Workload workload;
        private final URI target;
        private final Optional<Sockway> sockway;

        Running(TwoPodMesh.Workload workload, URI target, Optional<Sockway> sockway) {
            this.workload = workload;
            this.target = target;
            this.sockway = sockway;
        }

        @Override
        public URI target() {
            return target;
        }

        @Override
        public ProcessGroup client() {
            return mesh.client().processes();
        }

        @Override
        public List<Hop> hops() {
            return mesh.hops(workload.shape());
        }

        @Override
        public void requireAlive() {
            workload.requireAlive();
        }

        @Override
        public Optional<SockwayStatus> finish() {
            Optional<SockwayStatus> status = sockway.map(Sockway::status);
            sockway.ifPresent(Sockway::detach);
            return status;
        }
    }
}
