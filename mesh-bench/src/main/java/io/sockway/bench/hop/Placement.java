package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;
import io.sockway.bench.lab.Cpus;
import java.util.List;

/** Where the two ends run. */
enum Placement implements Named {
    /** Both on one CPU: each hand-over is a context switch. */
    SAME("same core"),
    /** On two CPUs: each hand-over wakes another CPU. */
    TWO("two cores");

    private final String label;

    Placement(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    /** The client's CPU. */
    int clientCpu() {
        return Cpus.allowed().getLast();
    }

    /** The server's CPU. */
    int serverCpu() {
        List<Integer> cpus = Cpus.allowed();
        return this == SAME ? cpus.getLast() : cpus.get(cpus.size() - 2);
    }
}
