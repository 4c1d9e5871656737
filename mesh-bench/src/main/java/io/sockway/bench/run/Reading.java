package io.sockway.bench.run;

import io.sockway.bench.lab.CpuClock;
import io.sockway.bench.lab.Hop;
import io.sockway.bench.lab.HopTraffic;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.report.CpuShare;
import io.sockway.bench.report.HopBytes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The clocks and counters of a stage at one moment under load.
 *
 * @param nanos the moment, of {@link System#nanoTime}
 * @param cpu of all processes
 * @param traffic of all hops
 */
record Reading(long nanos, CpuClock cpu, HopTraffic traffic) {
    private static final double MICROS = 1e6;

    static Reading take(Lab lab, List<Hop> hops) {
        return new Reading(System.nanoTime(), CpuClock.read(lab), HopTraffic.read(hops));
    }

    /**
     * What happened between two readings.
     *
     * @param cpu for one request
     * @param hops bytes for one request
     * @param disturbance the share of all CPUs that went to others
     */
    record Window(CpuShare cpu, List<HopBytes> hops, double disturbance) {
    }

    /**
     * The window that ends with this reading.
     *
     * @param answered how many requests were answered in it, more than none
     * @param claimed the hops that the variant claims to redirect
     */
    Window since(Reading earlier, double answered, boolean softIrqApart, Set<Hop> claimed) {
        CpuClock.Usage usage = cpu.since(earlier.cpu);
        Map<String, Double> micros = new TreeMap<>();
        usage.seconds().forEach((process, seconds) -> micros.put(process, seconds * MICROS / answered));
        List<HopBytes> hops = traffic.since(earlier.traffic).entrySet().stream().map(entry -> new HopBytes(
                entry.getKey().name(), entry.getKey().local(), claimed.contains(entry.getKey()), entry.getValue().received() / answered,
                entry.getValue().acked() / answered)).toList();
        return new Window(new CpuShare(micros, usage.softIrqSeconds() * MICROS / answered, softIrqApart), hops, usage.disturbance());
    }
}
