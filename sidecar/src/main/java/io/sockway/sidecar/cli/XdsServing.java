package io.sockway.sidecar.cli;

import io.grpc.BindableService;
import io.sockway.sidecar.admin.AdminServer;
import io.sockway.xds.ads.AdsService;
import io.sockway.xds.ads.Mesh;
import io.sockway.xds.ads.MeshException;
import io.sockway.xds.ads.MeshWatcher;
import io.sockway.xds.discovery.DiscoveryEvents;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Publication;
import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.ecds.EcdsService;
import io.sockway.xds.server.ListenAddress;
import io.sockway.xds.server.MutualTls;
import io.sockway.xds.server.XdsServer;
import io.sockway.xds.server.XdsServerException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The work of {@code sockway xds serve}, apart from its options. */
final class XdsServing implements DiscoveryEvents, MeshWatcher.Listener {
    private final Path config;
    private final List<ListenAddress> listen;
    private final Optional<MutualTls> tls;
    private final Duration drainTime;
    private final InetSocketAddress admin;
    private final PrintWriter out;
    private final PrintWriter err;
    private XdsStatus status;
    private Publisher publisher;

    /**
     * What is asked for.
     *
     * @throws IllegalArgumentException with one line about an option that is wrong
     */
    XdsServing(Path config, List<String> listen, XdsServeCommand.Tls tls, boolean plaintext, Duration drainTime,
            InetSocketAddress admin, PrintWriter out, PrintWriter err) {
        this.config = config;
        this.tls = Optional.ofNullable(tls).map(given -> new MutualTls(given.certificate(), given.key(), given.authority(),
                given.anyNode()));
        this.drainTime = drainTime;
        this.admin = admin;
        this.out = out;
        this.err = err;
        this.listen = listen.stream().map(text -> address(text, plaintext)).toList();
    }

    /** Serves until a signal comes. */
    int run() throws InterruptedException {
        if (!Files.isDirectory(config)) {
            throw new CommandFailedException(config + " is no folder: name the one with the mesh's *.yaml with --config DIR");
        }
        CountDownLatch end = new CountDownLatch(1);
        // Closed last to first: the end of the termination is the end of the process.
        try (Termination _ = new Termination(end::countDown); MeshWatcher watcher = MeshWatcher.open(config);
                Servers servers = new Servers(new ArrayList<>())) {
            publisher = new Publisher(watcher.first(), this, drainTime);
            status = new XdsStatus(publisher, watcher.first());
            say("mesh " + config + ": " + size(watcher.first()));
            List<BindableService> services = List.of(new AdsService(publisher), new EcdsService(publisher));
            for (ListenAddress address : listen) {
                XdsServer server = XdsServer.start(address, address instanceof ListenAddress.TcpPort ? tls : Optional.empty(), services);
                servers.open().add(server);
                say("xds %s (%s%s)".formatted(server.address(), server.transport(),
                        address instanceof ListenAddress.TcpPort && tls.isPresent() ? ", mTLS" : ""));
            }
            watcher.start(this);
            try (AdminServer _ = startAdmin()) {
                end.await();
            }
            publisher.disconnect();
            say("ended: Envoys go on with what they have");
        } catch (MeshException e) {
            lines(e);
            throw new CommandFailedException(config + " has " + count(e.problems().size(), "problem") + ", see above: nothing is served");
        } catch (XdsServerException e) {
            throw new CommandFailedException(e.getMessage());
        }
        return 0;
    }

    private record Servers(List<XdsServer> open) implements AutoCloseable {
        @Override
        public void close() {
            open.forEach(XdsServer::close);
        }
    }

    private AdminServer startAdmin() {
        if (admin == null) {
            return null;
        }
        AdminServer server = AdminServer.start(admin, status);
        say("admin http://%s/ (%s)".formatted(new ListenAddress.TcpPort(server.address()), server.transport()));
        return server;
    }

    private ListenAddress address(String text, boolean plaintext) {
        ListenAddress address;
        try {
            address = ListenAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--listen: " + e.getMessage(), e);
        }
        if (address instanceof ListenAddress.TcpPort port && !port.address().getAddress().isLoopbackAddress()
                && tls.isEmpty() && !plaintext) {
            throw new IllegalArgumentException("--listen " + text + " is reached from other machines: add --tls-certificate, --tls-key and "
                    + "--tls-client-ca, or --plaintext if the network is trusted with private keys");
        }
        return address;
    }

    @Override
    public void changed(Mesh mesh) {
        status.changed(mesh);
        publisher.publish(mesh);
        say("mesh " + config + ": " + size(mesh));
    }

    @Override
    public void refused(MeshException problems) {
        status.refused(problems);
        lines(problems);
        say("refused " + config + ": " + count(problems.problems().size(), "problem") + "; the mesh stays as it was");
    }

    @Override
    public void connected(EnvoyNode node) {
        say("connected %s (%s%s)".formatted(node.id(),
                node.cluster().isEmpty() ? "no cluster that its certificate names" : "cluster " + node.cluster(),
                node.version().isEmpty() ? "" : ", Envoy " + node.version()));
    }

    @Override
    public void refused(EnvoyNode node, String words) {
        say("refused " + node.id() + ": " + words);
    }

    @Override
    public void disconnected(EnvoyNode node) {
        say("disconnected " + node.id());
    }

    @Override
    public void rejected(EnvoyNode node, ResourceType type, String version, String words) {
        say("rejected by %s: %s %s: %s".formatted(node.id(), type.service(), version, words));
    }

    @Override
    public void published(Publication.Report report) {
        if (report.envoys() > 0) {
            boolean none = report.rejected() == report.responses();
            say(String.format(Locale.ROOT, "published %s%s (%s) to %s%s, %s after %.1f ms", count(report.resources(), "resource"),
                    report.removed() == 0 ? "" : " and " + count(report.removed(), "removal"), Units.bytes(report.bytes()),
                    count(report.envoys(), "Envoy"), report.rejected() == 0 || none ? "" : ", of which " + report.rejected()
                    + " refused", none ? "refused" : "accepted", report.time().toNanos() / 1e6));
        }
    }

    private void lines(MeshException problems) {
        synchronized (err) {
            problems.problems().forEach(problem -> err.println(config.resolve(problem.position().file()) + problem.toString()
                    .substring(problem.position().file().length())));
            err.flush();
        }
    }

    private void say(String line) {
        Lines.say(out, line);
    }

    private static String size(Mesh mesh) {
        return count(mesh.size(), "resource") + " in " + count(mesh.files(), "file");
    }

    private static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
