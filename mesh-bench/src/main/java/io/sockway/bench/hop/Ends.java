package io.sockway.bench.hop;

import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.Scope;
import java.nio.file.Path;
import java.time.Duration;

/** A server and a client process of one variant. The scope that they were started in owns them. */
final class Ends {
    private static final Duration READY_LIMIT = Duration.ofSeconds(10);

    /** Longer than an end takes to see for itself that nothing happens. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private static final Duration PRIMING = Duration.ofMillis(150);

    private final Control server;
    private final Control client;
    private final Lane lane;

    private Ends(Control server, Control client, Lane lane) {
        this.server = server;
        this.client = client;
        this.lane = lane;
    }

    /** Starts both in the lane's pod. */
    static Ends start(Scope scope, Lab lab, Lane lane, Variant variant) {
        Path folder = lab.directory("hop");
        Pod pod = lane.pod();
        String name = variant.option() + " ";
        return new Ends(
                Control.start(scope, pod.processes(), name + "server", folder.resolve(variant.option() + "-server")),
                Control.start(scope, pod.processes(), name + "client", folder.resolve(variant.option() + "-client")), lane);
    }

    /** Runs every pattern for a moment, so that the JIT has done its work before anything counts. */
    void prime(Cell like, Variant variant) {
        for (Pattern pattern : Pattern.values()) {
            measure(new Cell(pattern, Size.B64, like.placement(), like.route(), like.family()), variant, PRIMING, Duration.ofMillis(1));
        }
    }

    Sample measure(Cell cell, Variant variant, Duration warmUp, Duration measured) {
        Assignment assignment = lane.assignment(cell, variant, warmUp, measured);
        try {
            server.order(Peer.SERVE + " " + assignment.line());
            String clock = server.answer(Peer.READY, READY_LIMIT);
            client.order(Peer.DRIVE + " " + clock + " " + assignment.line());
            Sample sample = Sample.parse(client.answer(Peer.DONE, warmUp.plus(measured).plus(GRACE)));
            server.answer(Peer.DONE, READY_LIMIT);
            return sample;
        } catch (LabException e) {
            throw new LabException("%s (%s): %s".formatted(variant.label(), cell, e.getMessage()), e.getCause());
        }
    }
}
