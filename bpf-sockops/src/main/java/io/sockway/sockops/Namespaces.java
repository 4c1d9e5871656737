package io.sockway.sockops;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The network namespaces of the processes in the attached cgroups, and always that of the calling thread. Holds them open
 * between passes. For one thread, a platform thread.
 */
final class Namespaces implements AutoCloseable {
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final Map<String, NetworkNamespace> open = new HashMap<>();
    private final Set<String> refused = new HashSet<>();
    private long scannedAt;

    /** Looks for namespaces that have come or gone, at most once a second unless {@code now}. */
    void refresh(Collection<Path> cgroups, boolean now) {
        long time = System.nanoTime();
        if (!now && scannedAt != 0 && time - scannedAt < FRESH.toNanos()) {
            return;
        }
        scannedAt = time;
        Map<String, NetworkNamespace> found = new HashMap<>();
        for (Path cgroup : cgroups) {
            scan(cgroup, pid -> {
                String id = NetworkNamespace.id(pid);
                if (id != null && !found.containsKey(id)) {
                    NetworkNamespace namespace = open.containsKey(id) ? open.remove(id) : NetworkNamespace.of(pid);
                    if (namespace != null) {
                        found.put(id, namespace);
                    }
                }
            });
        }
        open.values().forEach(NetworkNamespace::close);
        open.clear();
        open.putAll(found);
        refused.retainAll(found.keySet());
    }

    /** Runs something in each namespace, the own one first. */
    void forEach(Runnable task) {
        task.run();
        String own = NetworkNamespace.ownId();
        for (NetworkNamespace namespace : open.values()) {
            if (namespace.id().equals(own) || refused.contains(namespace.id())) {
                continue;
            }
            boolean[] entered = new boolean[1];
            try {
                namespace.call(() -> {
                    entered[0] = true;
                    task.run();
                    return null;
                });
            } catch (BpfException e) {
                if (entered[0]) {
                    throw e;
                }
                refused.add(namespace.id());
            }
        }
    }

    /** How many namespaces this process may not enter: their flows stay on TCP. */
    int refused() {
        return refused.size();
    }

    private static void scan(Path cgroup, Consumer<Long> eachPid) {
        try (Stream<Path> tree = Files.walk(cgroup)) {
            tree.filter(Files::isDirectory).forEach(dir -> {
                try (Stream<String> pids = Files.lines(dir.resolve("cgroup.procs"))) {
                    pids.map(Long::parseLong).forEach(eachPid);
                } catch (IOException | UncheckedIOException e) {
                    // a cgroup that went away, or is threaded
                }
            });
        } catch (IOException | UncheckedIOException e) {
            // the cgroup is gone, and its processes with it
        }
    }

    @Override
    public void close() {
        open.values().forEach(NetworkNamespace::close);
        open.clear();
    }
}
