package io.sockway.bench.network;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.ContainerNetwork;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Nginx;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Protocol;
import io.sockway.bench.scenario.Stage;
import io.sockway.bench.scenario.Variant;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One network, with its settings. */
final class NetworkVariant implements Variant {
    private static final int PORT = 8080;
    private static final int CONNECT_MILLIS = 1_000;
    private static final Duration READY_LIMIT = Duration.ofSeconds(10);

    private final Lab lab;
    private final ContainerNetwork network;
    private final NetworkSpec spec;

    NetworkVariant(Lab lab, ContainerNetwork network, NetworkSpec spec) {
        this.lab = lab;
        this.network = network;
        this.spec = spec;
    }

    @Override
    public String name() {
        return spec.name();
    }

    /** Tried out: kernels differ in the links and settings that they know. */
    @Override
    public Optional<String> unavailable() {
        try (Scope scope = lab.scope().child()) {
            connect(scope);
            return Optional.empty();
        } catch (LabException e) {
            String said = e.getMessage().lines().findFirst().orElse("");
            return Optional.of("this machine refuses it (%s)".formatted(said.replaceFirst("^.* failed \\(exit \\d+\\): ", "")));
        }
    }

    @Override
    public Stage start(Scope scope, LoadPoint load) {
        ContainerNetwork.Ends ends = connect(scope);
        String listen = "0.0.0.0:" + PORT + (load.protocol() == Protocol.HTTP2 ? " http2" : "");
        String file = Integer.toString(load.bodyBytes());
        LabProcess nginx = Nginx.start(scope, ends.server().processes(),
                new Nginx.Site(listen, Map.of(file, load.bodyBytes()), ""), lab.directory("network")).process();
        awaitListening(ends, nginx);
        return new Running(URI.create("http://%s:%d/%s".formatted(ends.address(), PORT, file)), ends.client().processes(), nginx);
    }

    private ContainerNetwork.Ends connect(Scope scope) {
        ContainerNetwork.Ends ends = network.connect(scope, spec.link());
        spec.settings().apply(scope, List.of(ends.client(), ends.server()), ends.device());
        return ends;
    }

    private static void awaitListening(ContainerNetwork.Ends ends, LabProcess nginx) {
        String[] last = {""};
        Await.until(() -> {
            nginx.requireAlive();
            try {
                return ends.client().namespace().call(() -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(ends.address(), PORT), CONNECT_MILLIS);
                        return true;
                    }
                });
            } catch (Exception e) {
                last[0] = e.getMessage();
                return false;
            }
        }, READY_LIMIT, () -> "no connection to %s:%d (%s)".formatted(ends.address(), PORT, last[0]));
    }

    private record Running(URI target, ProcessGroup client, LabProcess nginx) implements Stage {
        @Override
        public void requireAlive() {
            nginx.requireAlive();
        }
    }
}
