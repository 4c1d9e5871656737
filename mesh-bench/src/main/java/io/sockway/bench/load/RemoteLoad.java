package io.sockway.bench.load;

import io.sockway.bench.lab.Control;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A generator in a process of its own, inside a group: one process for a whole run, so that its JIT compiler has done its work before
 * anything counts. The scope that it was started in owns it. For one thread.
 */
public final class RemoteLoad {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final List<String> JVM = List.of("-Xms96m", "-Xmx96m", "-Xss512k", "-XX:+UseSerialGC", "-XX:-UsePerfData",
            "-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.noUnsafe=false", "-Dio.netty.leakDetection.level=disabled", "-Dio.netty.buffer.checkBounds=false",
            "-Dio.netty.buffer.checkAccessible=false");

    private final Control control;

    private RemoteLoad(Control control) {
        this.control = control;
    }

    /** Starts the process; {@code name} tells it from others in the lab. */
    public static RemoteLoad start(Scope scope, Lab lab, ProcessGroup group, String name) {
        List<String> command = new ArrayList<>(JVM);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LoadAgent.class.getName()));
        // As root: only root may be allowed to enter the folder of its classes.
        return new RemoteLoad(Control.start(scope, group, new ProcessSpec("load", User.ROOT, command),
                lab.directory("load").resolve(name + ".sock")));
    }

    /** Starts a load and returns when its warm-up is over. */
    public void begin(LoadPlan plan) {
        control.order(plan.toJson());
        control.answer(LoadAgent.MEASURING, GRACE.plusNanos(plan.warmUpNanos() + plan.timeoutNanos()));
    }

    /** Waits for the end of the load that was begun. */
    public LoadResult await(LoadPlan plan) {
        return LoadResult.parse(control.answer(LoadAgent.DONE, GRACE.plusNanos(plan.measuredNanos() + plan.timeoutNanos())));
    }

    public LabProcess process() {
        return control.process();
    }
}
