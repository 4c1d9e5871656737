package io.sockway.sidecar.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * What this process costs, read from /proc without JMX.
 *
 * @param residentBytes of memory; NaN where it cannot be read
 * @param cpuSeconds of all threads, user and system
 * @param uptimeSeconds since exec
 */
record ProcessFigures(double residentBytes, double cpuSeconds, double uptimeSeconds) {

    static ProcessFigures read() {
        ProcessHandle.Info info = ProcessHandle.current().info();
        return new ProcessFigures(resident(),
                info.totalCpuDuration().map(ProcessFigures::seconds).orElse(Double.NaN),
                info.startInstant().map(start -> seconds(Duration.between(start, Instant.now()))).orElse(Double.NaN));
    }

    private static double resident() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.substring(6).replace("kB", "").strip()) * 1024.0;
                }
            }
        } catch (IOException _) {
            return Double.NaN;
        }
        return Double.NaN;
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
