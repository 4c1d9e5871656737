package io.sockway.bench.turns;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Loads listeners in turn, from a process in a group. The scope that it was started in owns it. For one thread. */
public final class Turns {
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final List<String> JVM = List.of("-Xms96m", "-Xmx96m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
            "-XX:+UseCompactObjectHeaders");

    private final Control control;

    private Turns(Control control) {
        this.control = control;
    }

    /** Starts the process. */
    public static Turns start(Scope scope, Lab lab, ProcessGroup group) {
        List<String> command = new ArrayList<>(JVM);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TurnAgent.class.getName()));
        // As root: only root may read the clocks of any process.
        return new Turns(Control.start(scope, group, new ProcessSpec("load", User.ROOT, command),
                lab.directory("turns").resolve("turns.sock")));
    }

    /** Takes all turns of an order. */
    public TurnTimes take(TurnOrder order) {
        control.order(order.toJson());
        // Twice the time, since a turn ends when its last answer has come.
        return TurnTimes.parse(control.answer(TurnAgent.DONE, GRACE.plus(Duration.ofNanos(order.turnNanos())
                .multipliedBy(2L * (order.turns() + TurnAgent.WARM_UP) * order.ports().size()))));
    }
}
