package io.sockway.bench.telemetry;

import io.sockway.bench.lab.Cpus;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ProcessGroup;
import java.util.List;
import java.util.OptionalInt;

/**
 * The pod that all variants are measured in, one after the other. All that belongs to it talks over its loopback device.
 *
 * @param lab owns the pod
 * @param pod the proxy runs in it, with a CPU of its own where there are two
 * @param others where everything else runs: the load, the app, the collector
 * @param envoy the proxy
 * @param answers who answers
 * @param series how many series each telemetry is made to hold while its memory is measured
 */
record Place(Lab lab, Pod pod, ProcessGroup others, EnvoyBinary envoy, Answers answers, List<Integer> series) {
    static final String ADDRESS = "127.0.0.1";
    private static final int PORT = 8080;
    /** Listeners keep away from the app's port and the collectors'. */
    private static final int PORT_STEP = 100;
    static final int APP_PORT = 8081;

    /** Each collector has this and the next, the next collector what follows. */
    static final int COLLECTOR_PORT = 9091;

    Place {
        series = List.copyOf(series);
    }

    /** A new pod, whose name tells it from others of the lab, with the proxy on the first CPU and everything else on the last. */
    static Place in(Lab lab, String name, EnvoyBinary envoy, Answers answers, List<Integer> series) {
        List<Integer> cpus = Cpus.allowed();
        Pod pod = lab.pod(name, 1, IpFamily.IPV4, OptionalInt.of(cpus.getFirst()));
        return new Place(lab, pod, pod.processes().on(cpus.getLast()), envoy, answers, series);
    }

    /** Where this telemetry's collector takes reports while the load is measured. */
    static int collectorPort(Telemetry telemetry) {
        return COLLECTOR_PORT + 2 * telemetry.ordinal();
    }

    /** Where the proxy's listeners are, by their number from 0. */
    static int port(int listener) {
        return PORT + PORT_STEP * listener;
    }
}
