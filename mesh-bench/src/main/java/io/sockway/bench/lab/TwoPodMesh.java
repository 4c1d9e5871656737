package io.sockway.bench.lab;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The smallest mesh: a client pod with its outbound proxy and a server pod with its inbound proxy and nginx, joined by veth, under
 * Istio's iptables rules. A request passes three hops: app to proxy, proxy to proxy, proxy to app.
 *
 * <p>The pods live as long as their lab; the processes in them come and go with the scopes they are started in.
 */
public final class TwoPodMesh {
    private static final int CLIENT = 1;
    private static final int SERVER = 2;
    private static final int SERVICE_PORT = 80;
    private static final int APP_PORT = 8080;
    private static final Duration FIRST_REPLY_LIMIT = Duration.ofSeconds(10);

    private final Lab lab;
    private final IpFamily family;
    private final Pod client;
    private final Pod server;
    private final List<Hop> hops;

    private TwoPodMesh(Lab lab, IpFamily family, Pod client, Pod server) {
        this.lab = lab;
        this.family = family;
        this.client = client;
        this.server = server;
        this.hops = List.of(clientHop(), middleHop(), serverHop());
    }

    /** Makes both pods; each keeps to one CPU of its own where there are two. */
    public static TwoPodMesh create(Lab lab, IpFamily family) {
        List<Integer> cpus = Cpus.allowed();
        boolean pinned = cpus.size() > 1;
        Pod client = lab.pod("client", CLIENT, family, pinned ? OptionalInt.of(cpus.get(0)) : OptionalInt.empty());
        Pod server = lab.pod("server", SERVER, family, pinned ? OptionalInt.of(cpus.get(1)) : OptionalInt.empty());
        client.connect(server);
        IstioRules.apply(client);
        IstioRules.apply(server);
        return new TwoPodMesh(lab, family, client, server);
    }

    public Pod client() {
        return client;
    }

    public Pod server() {
        return server;
    }

    /** The request's way in order; the first and the last are local to a pod. */
    public List<Hop> hops() {
        return hops;
    }

    /** Where an app in the client pod reaches the body: a service address, which only its proxy knows. */
    public URI url(Body body) {
        return URI.create("http://" + family.authority(family.service(), SERVICE_PORT) + "/" + body.path());
    }

    /** Starts fresh proxies and a fresh server, and returns before they are ready; {@code scope} owns them. */
    public Workload start(Scope scope, EnvoyBinary envoy) {
        Path folder = lab.directory("mesh");
        Nginx nginx = Nginx.start(scope, server.processes(), new Nginx.Site(family.authority(family.wildcard(), APP_PORT),
                Stream.of(Body.values()).collect(Collectors.toMap(Body::path, Body::bytes)), ""), folder);
        Envoy inbound = Envoy.start(scope, envoy, server, EnvoyBootstrap.inbound(server, APP_PORT), EnvoyBootstrap.INBOUND, folder);
        Envoy outbound = Envoy.start(scope, envoy, client, EnvoyBootstrap.outbound(client, server, SERVICE_PORT, APP_PORT),
                EnvoyBootstrap.OUTBOUND, folder);
        return new Workload(outbound, inbound, nginx);
    }

    /** Waits until a request from the client pod comes back from nginx through both proxies, and returns that reply. */
    public HttpReply awaitReady(Workload workload) {
        workload.outbound().awaitReady();
        workload.inbound().awaitReady();
        HttpReply[] last = new HttpReply[1];
        Await.until(() -> {
            workload.requireAlive();
            last[0] = request(Body.SMALL);
            return last[0].status() == 200;
        }, FIRST_REPLY_LIMIT, () -> "%s answers %d instead of 200".formatted(url(Body.SMALL), last[0].status()));
        return last[0];
    }

    /** One request from inside the client pod, as an app that is not the proxy. */
    public HttpReply request(Body body) {
        try {
            return client.namespace().call(() -> HttpReply.get(url(body)));
        } catch (IOException e) {
            throw new LabException("no answer from " + url(body), e);
        } catch (Exception e) {
            throw new LabException("cannot ask for " + url(body), e);
        }
    }

    private Hop clientHop() {
        return new Hop("app to Envoy", true, List.of(
                new Hop.End(client, socket -> socket.remote().equals(new TcpSocket.Endpoint(family.service(), SERVICE_PORT))),
                new Hop.End(client, socket -> socket.local().port() == IstioRules.OUTBOUND_PORT)));
    }

    private Hop middleHop() {
        return new Hop("Envoy to Envoy", false, List.of(
                new Hop.End(client, socket -> socket.remote().equals(new TcpSocket.Endpoint(server.address(), APP_PORT))),
                new Hop.End(server, socket -> socket.local().port() == IstioRules.INBOUND_PORT)));
    }

    private Hop serverHop() {
        return new Hop("Envoy to nginx", true, List.of(
                new Hop.End(server, socket -> socket.local().address().equals(family.inboundSource())),
                new Hop.End(server, socket -> socket.remote().address().equals(family.inboundSource()))));
    }

    /**
     * The processes of one round.
     *
     * @param outbound the client pod's proxy
     * @param inbound the server pod's proxy
     * @param nginx the server
     */
    public record Workload(Envoy outbound, Envoy inbound, Nginx nginx) {
        /** Fails with the end of its output if one of them has ended. */
        public void requireAlive() {
            List.of(outbound.process(), inbound.process(), nginx.process()).forEach(LabProcess::requireAlive);
        }
    }
}
