package io.sockway.bench.load;

import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.User;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * A running wrk: a closed loop, in which each connection sends its next request when the answer to the last one is there. The scope
 * that it was started in owns the process.
 */
public final class Wrk {
    /** wrk waits for answers on their way, and for nothing else, after its time is over. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final LabProcess process;
    private final Duration duration;

    private Wrk(LabProcess process, Duration duration) {
        this.process = process;
        this.duration = duration;
    }

    /**
     * Starts it as an app, with one thread.
     *
     * @param connections kept alive, each with one request at a time
     * @param duration whole seconds
     */
    public static Wrk start(Scope scope, ProcessGroup group, URI url, int connections, Duration duration) {
        LabProcess process = group.start(scope, new ProcessSpec("wrk", User.APP, List.of(
                Tool.WRK.path().toString(), "--threads", "1", "--connections", Integer.toString(connections),
                "--duration", duration.toSeconds() + "s", "--latency", url.toString())));
        return new Wrk(process, duration);
    }

    public LabProcess process() {
        return process;
    }

    /** Whether it still sends. */
    public boolean running() {
        return process.alive();
    }

    /** Ends it before its time is over, and reads its report on the time that it had. */
    public WrkReport end() {
        process.interrupt();
        return await();
    }

    /** Waits for its end and reads its report. */
    public WrkReport await() {
        process.awaitSuccess(duration.plus(GRACE));
        return WrkReport.parse(process.output()).orElseThrow(() -> process.failure("printed a report that is not wrk's"));
    }
}
