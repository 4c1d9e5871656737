package io.sockway.sidecar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** When this process began. */
final class Exec {
    private static final int USER_HZ = 100;
    /** Field 22 of /proc/PID/stat, counted from the one after the name. */
    private static final int START_TIME = 19;

    private Exec() {
    }

    /** Time since then. From the kernel's clock ticks, so within 10 ms; zero where /proc does not tell. */
    static Duration elapsed() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            long startTicks = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[START_TIME]);
            double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
            return Duration.ofMillis(Math.round(uptime * 1000) - startTicks * 1000 / USER_HZ);
        } catch (IOException e) {
            return Duration.ZERO;
        }
    }
}
