package io.sockway.bench.lab;

import io.sockway.bench.lab.MeshShape.App;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The smallest mesh: a client pod with its outbound proxy and a server pod with its inbound proxy and an app, joined by veth, under
 * Istio's iptables rules. A request passes three hops: app to proxy, proxy to proxy, proxy to app. Pods can be made without rules, for
 * shapes without proxies.
 *
 * <p>The pods live as long as their lab; the processes in them come and go with the scopes they are started in.
 */
public final class TwoPodMesh {
    private static final Optional<Hop.Server> ENVOY = Optional.of(Hop.Server.ENVOY);
    private static final int CLIENT = 1;
    private static final int SERVER = 2;
    private static final int SERVICE_PORT = 80;
    private static final int APP_PORT = 8080;
    private static final Duration FIRST_REPLY_LIMIT = Duration.ofSeconds(10);
    private static final int ECHO_MILLIS = 1_000;

    private final Lab lab;
    private final IpFamily family;
    private final Pod client;
    private final Pod server;
    private final Map<MeshShape, List<Hop>> hops = new HashMap<>();

    private TwoPodMesh(Lab lab, IpFamily family, Pod client, Pod server) {
        this.lab = lab;
        this.family = family;
        this.client = client;
        this.server = server;
    }

    /** Makes both pods, with Istio's rules; each keeps to one CPU of its own where there are two. */
    public static TwoPodMesh create(Lab lab, IpFamily family) {
        return create(lab, family, "client", "server");
    }

    /** The same with names of the caller's, unique in the lab; the pods' cgroups have them too. */
    public static TwoPodMesh create(Lab lab, IpFamily family, String client, String server) {
        TwoPodMesh mesh = connect(lab, family, client, server);
        IstioRules.apply(mesh.client);
        IstioRules.apply(mesh.server);
        return mesh;
    }

    /** The same without rules: whoever asks for the server's address gets to the app. */
    public static TwoPodMesh bare(Lab lab, IpFamily family) {
        return connect(lab, family, "bare-client", "bare-server");
    }

    private static TwoPodMesh connect(Lab lab, IpFamily family, String clientName, String serverName) {
        List<Integer> cpus = Cpus.allowed();
        boolean pinned = cpus.size() > 1;
        Pod client = lab.pod(clientName, CLIENT, family, pinned ? OptionalInt.of(cpus.get(0)) : OptionalInt.empty());
        Pod server = lab.pod(serverName, SERVER, family, pinned ? OptionalInt.of(cpus.get(1)) : OptionalInt.empty());
        client.connect(server);
        return new TwoPodMesh(lab, family, client, server);
    }

    public Pod client() {
        return client;
    }

    public Pod server() {
        return server;
    }

    /** The way of a request through proxies to nginx, in order; the first and the last are local to a pod. */
    public List<Hop> hops() {
        return hops(MeshShape.HTTP);
    }

    /** The way of a request in order, as far as it is by TCP; for one thread, and the same hops every time. */
    public List<Hop> hops(MeshShape shape) {
        return hops.computeIfAbsent(shape, this::newHops);
    }

    private List<Hop> newHops(MeshShape shape) {
        if (!shape.proxies()) {
            return List.of(directHop(shape));
        }
        List<Hop> hops = new ArrayList<>(List.of(clientHop(), middleHop()));
        if (shape.app() != App.NGINX_UNIX) {
            hops.add(serverHop(shape));
        }
        return hops;
    }

    /** Where an app in the client pod reaches the body: a service address, which only its proxy knows. */
    public URI url(Body body) {
        return url(MeshShape.HTTP, body.path());
    }

    /** Where an app in the client pod reaches what is at a path of the server, or the echo server. */
    public URI url(MeshShape shape, String path) {
        String authority = shape.proxies() ? family.authority(family.service(), SERVICE_PORT)
                : family.authority(server.address(), APP_PORT);
        return shape.app() == App.ECHO ? URI.create("tcp://" + authority) : URI.create("http://" + authority + "/" + path);
    }

    /** Starts fresh proxies and a fresh nginx, and returns before they are ready; {@code scope} owns them. */
    public Workload start(Scope scope, EnvoyBinary envoy) {
        return start(scope, envoy, MeshShape.HTTP, Stream.of(Body.values()).collect(Collectors.toMap(Body::path, Body::bytes)));
    }

    /** The same in another shape; {@code files} are what nginx serves: lengths by paths. */
    public Workload start(Scope scope, EnvoyBinary envoy, MeshShape shape, Map<String, Integer> files) {
        Path folder = lab.directory("mesh");
        Path socket = folder.resolve("nginx").resolve("app.sock");
        LabProcess app = startApp(scope, envoy, shape, files, folder, socket);
        if (!shape.proxies()) {
            return new Workload(shape, Optional.empty(), Optional.empty(), app);
        }
        EnvoyBootstrap.Shape filters = new EnvoyBootstrap.Shape(shape.app() == App.ECHO,
                shape.app() == App.NGINX_UNIX ? Optional.of(socket) : Optional.empty());
        Envoy inbound = Envoy.start(scope, envoy, server, EnvoyBootstrap.inbound(server, APP_PORT, filters),
                EnvoyBootstrap.INBOUND, folder);
        Envoy outbound = Envoy.start(scope, envoy, client, EnvoyBootstrap.outbound(client, server, SERVICE_PORT, APP_PORT, filters),
                EnvoyBootstrap.OUTBOUND, folder);
        return new Workload(shape, Optional.of(outbound), Optional.of(inbound), app);
    }

    private LabProcess startApp(Scope scope, EnvoyBinary envoy, MeshShape shape, Map<String, Integer> files, Path folder, Path socket) {
        String address = family.authority(family.wildcard(), APP_PORT);
        return switch (shape.app()) {
            case NGINX -> Nginx.start(scope, server.processes(), new Nginx.Site(address, files, ""), folder).process();
            case NGINX_HTTP2 -> Nginx.start(scope, server.processes(), new Nginx.Site(address + " http2", files, ""), folder).process();
            case NGINX_UNIX -> {
                remove(socket);
                yield Nginx.start(scope, server.processes(), new Nginx.Site("unix:" + socket, files, ""), folder).process();
            }
            case ECHO -> EchoServer.start(scope, envoy, server, APP_PORT, folder);
        };
    }

    /** nginx does not take a socket over that another one left when it was killed. */
    private static void remove(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new LabException("cannot remove " + socket, e);
        }
    }

    /** Waits until a request from the client pod comes back from the app, through both proxies if there are any. */
    public void awaitReady(Workload workload) {
        workload.outbound().ifPresent(Envoy::awaitReady);
        workload.inbound().ifPresent(Envoy::awaitReady);
        URI url = url(workload.shape(), Body.SMALL.path());
        String[] last = {""};
        Await.until(() -> {
            workload.requireAlive();
            last[0] = workload.shape().app() == App.ECHO ? echo(url) : status(workload.shape(), url);
            return last[0].isEmpty();
        }, FIRST_REPLY_LIMIT, () -> url + " " + last[0]);
    }

    /** One request from inside the client pod, as an app that is not the proxy. */
    public HttpReply request(Body body) {
        URI url = url(body);
        try {
            return client.namespace().call(() -> HttpReply.get(url));
        } catch (IOException e) {
            throw new LabException("no answer from " + url, e);
        } catch (Exception e) {
            throw new LabException("cannot ask for " + url, e);
        }
    }

    /** What is wrong with the answer to a request, or nothing. */
    private String status(MeshShape shape, URI url) {
        if (shape.app() == App.NGINX_HTTP2) {
            return connectable(url);
        }
        try {
            int status = client.namespace().call(() -> HttpReply.get(url)).status();
            return status == 200 ? "" : "answers %d instead of 200".formatted(status);
        } catch (IOException e) {
            return "does not answer: " + e.getMessage();
        } catch (Exception e) {
            throw new LabException("cannot ask for " + url, e);
        }
    }

    private String connectable(URI url) {
        return exchange(url, socket -> "");
    }

    private String echo(URI url) {
        return exchange(url, socket -> {
            socket.getOutputStream().write('?');
            InputStream in = socket.getInputStream();
            return in.read() == '?' ? "" : "does not send back what it gets";
        });
    }

    private interface Exchange {
        String with(Socket socket) throws IOException;
    }

    private String exchange(URI url, Exchange exchange) {
        try {
            return client.namespace().call(() -> {
                try (Socket socket = new Socket()) {
                    socket.setSoTimeout(ECHO_MILLIS);
                    socket.connect(new InetSocketAddress(url.getHost().replaceAll("[\\[\\]]", ""), url.getPort()), ECHO_MILLIS);
                    return exchange.with(socket);
                }
            });
        } catch (IOException e) {
            return "does not answer: " + e.getMessage();
        } catch (Exception e) {
            throw new LabException("cannot connect to " + url, e);
        }
    }

    private static Optional<Hop.Server> app(MeshShape shape) {
        return shape.app() == App.ECHO ? ENVOY : Optional.of(Hop.Server.NGINX);
    }

    private Hop clientHop() {
        return new Hop("app to Envoy", true, List.of(
                new Hop.End(client, Optional.empty(), socket ->
                        socket.remote().equals(new TcpSocket.Endpoint(family.service(), SERVICE_PORT))),
                new Hop.End(client, ENVOY, socket -> socket.local().port() == IstioRules.OUTBOUND_PORT)));
    }

    private Hop middleHop() {
        return new Hop("Envoy to Envoy", false, List.of(
                new Hop.End(client, ENVOY, socket -> socket.remote().equals(new TcpSocket.Endpoint(server.address(), APP_PORT))),
                new Hop.End(server, ENVOY, socket -> socket.local().port() == IstioRules.INBOUND_PORT)));
    }

    private Hop serverHop(MeshShape shape) {
        return new Hop(shape.app() == App.ECHO ? "Envoy to echo" : "Envoy to nginx", true, List.of(
                new Hop.End(server, ENVOY, socket -> socket.local().address().equals(family.inboundSource())),
                new Hop.End(server, app(shape), socket -> socket.remote().address().equals(family.inboundSource()))));
    }

    private Hop directHop(MeshShape shape) {
        return new Hop(shape.app() == App.ECHO ? "app to echo" : "app to nginx", false, List.of(
                new Hop.End(client, Optional.empty(), socket ->
                        socket.remote().equals(new TcpSocket.Endpoint(server.address(), APP_PORT))),
                new Hop.End(server, app(shape), socket -> socket.local().port() == APP_PORT)));
    }

    /**
     * The processes of one round.
     *
     * @param shape what they are
     * @param outbound the client pod's proxy, if there are proxies
     * @param inbound the server pod's proxy, if there are proxies
     * @param app the server
     */
    public record Workload(MeshShape shape, Optional<Envoy> outbound, Optional<Envoy> inbound, LabProcess app) {
        /** Fails with the end of its output if one of them has ended. */
        public void requireAlive() {
            outbound.map(Envoy::process).ifPresent(LabProcess::requireAlive);
            inbound.map(Envoy::process).ifPresent(LabProcess::requireAlive);
            app.requireAlive();
        }
    }
}
