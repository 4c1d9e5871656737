package io.sockway.bench.demo;

import io.sockway.bench.lab.CpuClock;
import io.sockway.bench.lab.Envoy;
import io.sockway.bench.lab.HopTraffic;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.TwoPodMesh;
import io.sockway.bench.report.HopBytes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The clocks and counters of the mesh at one moment under load.
 *
 * @param cpu of all processes
 * @param traffic of all hops
 * @param requests that the client's proxy has answered
 */
record Reading(CpuClock cpu, HopTraffic traffic, long requests) {
    private static final double MICROS = 1e6;

    static Reading take(Lab lab, TwoPodMesh mesh, Envoy proxy) {
        return new Reading(CpuClock.read(lab), HopTraffic.read(mesh.hops()), proxy.requests());
    }

    /**
     * What happened between two readings.
     *
     * @param cpuMicrosByProcess for one request, by process
     * @param hops bytes for one request
     * @param disturbance the share of all CPUs that went to others
     */
    record Window(Map<String, Double> cpuMicrosByProcess, List<HopBytes> hops, double disturbance) {
        double cpuMicros() {
            return cpuMicrosByProcess.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    /** The window that ends with this reading; empty windows have no rates, so there must have been requests in it. */
    Window since(Reading earlier) {
        double answered = requests - earlier.requests;
        CpuClock.Usage usage = cpu.since(earlier.cpu);
        Map<String, Double> cpuMicros = new TreeMap<>();
        usage.seconds().forEach((process, seconds) -> cpuMicros.put(process, seconds * MICROS / answered));
        List<HopBytes> hops = traffic.since(earlier.traffic).entrySet().stream().map(entry -> new HopBytes(
                entry.getKey().name(), entry.getKey().local(), entry.getValue().received() / answered, entry.getValue().acked() / answered))
                .toList();
        return new Window(cpuMicros, hops, usage.disturbance());
    }
}
