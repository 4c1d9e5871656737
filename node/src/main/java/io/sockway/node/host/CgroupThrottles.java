package io.sockway.node.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The {@code cpu.stat} files of cgroups that have a CPU limit, version 1 or 2. */
public final class CgroupThrottles {
    private static final List<String> ROOTS = List.of("sys/fs/cgroup/unified", "sys/fs/cgroup/cpu,cpuacct", "sys/fs/cgroup/cpu",
            "sys/fs/cgroup");
    private static final int MAX_CGROUPS = 2000;

    private CgroupThrottles() {
    }

    /** The files, at most some thousand folders deep into the tree. */
    static List<String> paths(Host host) {
        List<String> found = new ArrayList<>();
        for (String root : roots(host)) {
            Deque<String> folders = new ArrayDeque<>(List.of(root));
            for (int seen = 0; !folders.isEmpty() && seen < MAX_CGROUPS; seen++) {
                String folder = folders.remove();
                if (limited(host, folder)) {
                    found.add(folder + "/cpu.stat");
                }
                for (String name : host.names(folder)) {
                    if (name.indexOf('.') < 0 || name.endsWith(".slice") || name.endsWith(".scope") || name.endsWith(".service")) {
                        String child = folder + "/" + name;
                        if (host.has(child + "/cgroup.procs")) {
                            folders.add(child);
                        }
                    }
                }
            }
        }
        return found;
    }

    private static List<String> roots(Host host) {
        boolean version2 = host.has("sys/fs/cgroup/cgroup.controllers");
        return ROOTS.stream().filter(root -> root.equals("sys/fs/cgroup") == version2).filter(root -> host.has(root + "/cgroup.procs"))
                .toList();
    }

    private static boolean limited(Host host, String folder) {
        Optional<String> version2 = host.text(folder + "/cpu.max");
        return version2.map(limit -> !limit.startsWith("max"))
                .orElseGet(() -> host.number(folder + "/cpu.cfs_quota_us").orElse(-1) > 0);
    }
}
