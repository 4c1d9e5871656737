package io.sockway.node.trace;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import io.sockway.node.host.Host;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Counts, from {@link #start} to {@link #close}, TCP connections over more than 200 µs that paused and so lost a congestion window
 * above the initial one; which namespaces it counts is as with {@link DropCounter}. Not thread-safe.
 */
public final class RestartCounter implements AutoCloseable {
    private final BpfMap counts;
    private final BpfLink link;
    private final long namespace;

    private RestartCounter(BpfMap counts, BpfLink link, long namespace) {
        this.counts = counts;
        this.link = link;
        this.namespace = namespace;
    }

    /** Loads and attaches the program; empty where the kernel does not let it or does not offer it. */
    public static Optional<RestartCounter> start(Host host) {
        try (BpfObject object = BpfObject.open("restarts", DropCounter.program("restarts.bpf.o"))) {
            object.load();
            try (BpfProgram program = object.program("sockway_restarts")) {
                return Optional.of(new RestartCounter(object.map("restart_counts"), program.linkFunction(), DropCounter.namespace(host)));
            }
        } catch (BpfException e) {
            return Optional.empty();
        }
    }

    /** How many so far. */
    public long count() {
        long[] total = new long[1];
        counts.forEach((key, value) -> {
            long from = Integer.toUnsignedLong(key.get(ValueLayout.JAVA_INT, 0));
            total[0] += namespace == 0 || from == namespace ? value.get(ValueLayout.JAVA_LONG, 0) : 0;
        });
        return total[0];
    }

    @Override
    public void close() {
        link.close();
        counts.close();
    }
}
