package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds where cgroup v2 is mounted: alone on /sys/fs/cgroup, or beside version 1 on a folder below it. */
final class CgroupMount {
    private static final Path MOUNTS = Path.of("/proc/mounts");

    private CgroupMount() {
    }

    static Path find() {
        try (var lines = Files.lines(MOUNTS)) {
            return lines.map(line -> line.split(" "))
                    .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
                    .map(fields -> Path.of(fields[1]))
                    .findFirst()
                    .orElseThrow(() -> new UnmetRequirementException("cgroup v2 is not mounted",
                            "mount it, for example by mount -t cgroup2 none /sys/fs/cgroup/unified"));
        } catch (IOException e) {
            throw new LabException("cannot read " + MOUNTS, e);
        }
    }
}
