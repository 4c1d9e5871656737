package io.sockway.bench.hop;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Two {@link Peer} processes, for one cell after the other. The scope that they were started in owns them. */
final class PeerEnds implements Ends {
    private static final Duration READY_LIMIT = Duration.ofSeconds(10);

    /** Longer than an end takes to see for itself that nothing happens. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private static final Duration PRIMING = Duration.ofMillis(150);

    private final Control server;
    private final Control client;
    private final Lane lane;
    private final Variant variant;

    private PeerEnds(Control server, Control client, Lane lane, Variant variant) {
        this.server = server;
        this.client = client;
        this.lane = lane;
        this.variant = variant;
    }

    /** Starts both in the lane's pod. */
    static PeerEnds start(Scope scope, Lab lab, Lane lane, Variant variant) {
        Path folder = lab.directory("hop");
        ProcessGroup pod = lane.pod().processes();
        String name = variant.option() + " ";
        return new PeerEnds(start(scope, pod, name + "server", folder.resolve(variant.option() + "-server")),
                start(scope, pod, name + "client", folder.resolve(variant.option() + "-client")), lane, variant);
    }

    private static Control start(Scope scope, ProcessGroup pod, String name, Path socket) {
        try {
            Path code = Path.of(Peer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return Control.start(scope, pod, new ProcessSpec(name, User.ROOT, List.of("-Xms24m", "-Xmx24m", "-Xss512k",
                    "-XX:+UseSerialGC", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED", "-cp", code.toString(),
                    Peer.class.getName())), socket);
        } catch (URISyntaxException e) {
            throw new LabException("cannot tell where the classes of this program are", e);
        }
    }

    /** Runs every pattern of {@code cells} for a moment, so that the JIT has done its work before anything counts. */
    void prime(List<Cell> cells) {
        Cell like = cells.getFirst();
        cells.stream().map(Cell::pattern).distinct().forEach(pattern -> measure(
                new Cell(pattern, 1, Size.B64, like.placement(), like.route(), like.family()), PRIMING, Duration.ofMillis(1)));
    }

    @Override
    public Sample measure(Cell cell, Duration warmUp, Duration measured) {
        Assignment assignment = lane.assignment(cell, variant, warmUp, measured);
        server.order(Peer.SERVE + " " + assignment.line());
        String clock = server.answer(Peer.READY, READY_LIMIT);
        client.order(Peer.DRIVE + " " + clock + " " + assignment.line());
        Sample sample = Sample.parse(client.answer(Peer.DONE, warmUp.plus(measured).plus(GRACE)));
        server.answer(Peer.DONE, READY_LIMIT);
        return sample;
    }
}
