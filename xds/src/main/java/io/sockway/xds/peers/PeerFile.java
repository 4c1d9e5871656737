package io.sockway.xds.peers;

import io.sockway.xds.yaml.FileWatcher;
import io.sockway.xds.yaml.Problem;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlFiles;
import io.sockway.xds.yaml.YamlTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Peers from a YAML or JSON file, which is read again when it changes, until this is closed. A file with an error changes nothing.
 *
 * <pre>
 * peers:
 *   10.0.0.2: {workload: web-v1, namespace: demo, app: web, version: v1}
 *   fd00::2: {workload: web-v1, namespace: demo, canonical_service: web, services: [web.demo]}
 * </pre>
 */
public final class PeerFile implements AutoCloseable {
    private static final Set<String> KEYS = new TreeSet<>(Set.of("workload", "namespace", "app", "version", "canonical_service",
            "canonical_revision", "cluster", "service_account", "services"));

    private final Path file;
    private final long memory;
    private final PeerListener listener;
    private final FileWatcher watcher;
    private PeerTable table = PeerTable.EMPTY;
    private boolean troubled;

    private PeerFile(Path file, long memory, PeerListener listener) {
        this.memory = memory;
        this.file = file.toAbsolutePath();
        this.listener = listener;
        this.watcher = new FileWatcher(this.file.getParent(), () -> List.of(this.file));
    }

    /** Reads {@code file} and tells {@code listener} before it returns, and then whenever the file has changed. */
    public static PeerFile open(Path file, PeerListener listener) {
        return open(file, Runtime.getRuntime().maxMemory(), listener);
    }

    /** @param memory bytes that this process may have */
    static PeerFile open(Path file, long memory, PeerListener listener) {
        PeerFile source = new PeerFile(file, memory, listener);
        source.read();
        source.watcher.start(source::read);
        return source;
    }

    @Override
    public void close() {
        watcher.close();
    }

    private void read() {
        long began = System.nanoTime();
        Problems problems = new Problems();
        PeerTable next = table;
        String name = file.getFileName().toString();
        YamlFiles.requireRoom(name, List.of(file), memory, problems);
        try {
            next = problems.isEmpty() ? parse(name, YamlFiles.text(file), problems) : table;
        } catch (IOException e) {
            problems.addUnreadable(name, e);
        }
        boolean before = troubled;
        troubled = !problems.isEmpty();
        if (troubled) {
            listener.troubled(problems.all().stream().map(Problem::toString).collect(Collectors.joining("\n")));
            return;
        }
        PeerTable.Changes changes = table.changesTo(next);
        table = next;
        if (!changes.isEmpty()) {
            listener.changed(next, changes, Duration.ofNanos(System.nanoTime() - began));
        } else if (before) {
            listener.recovered();
        }
    }

    static PeerTable parse(String name, String text, Problems problems) {
        Map<String, Workload> workloads = new HashMap<>();
        YamlTree.parse(name, text, problems).filter(tree -> !tree.isNull()).ifPresent(tree -> {
            List<YamlTree.Entry> entries = tree.entries(problems);
            YamlTree.requireKnown(entries, Set.of("peers"), "a peer file", problems);
            entries.stream().filter(entry -> entry.name().equals("peers") && !entry.value().isNull())
                    .flatMap(entry -> entry.value().entries(problems).stream())
                    .forEach(peer -> add(workloads, peer, problems));
        });
        return new PeerTable(workloads);
    }

    private static void add(Map<String, Workload> workloads, YamlTree.Entry peer, Problems problems) {
        Optional<String> address = Addresses.normalized(peer.name());
        if (address.isEmpty()) {
            problems.add(peer.at(), "'%s' is no IP address".formatted(peer.name()));
            return;
        }
        List<YamlTree.Entry> entries = peer.value().entries(problems);
        YamlTree.requireKnown(entries, KEYS, "a peer", problems);
        Map<String, YamlTree> values = new LinkedHashMap<>();
        entries.forEach(entry -> values.put(entry.name(), entry.value()));
        if (!values.containsKey("workload")) {
            problems.add(peer.at(), "peer %s has no 'workload'; name it".formatted(peer.name()));
        }
        Workload workload = new Workload(text(values, "workload", "", problems), text(values, "namespace", "", problems),
                text(values, "app", "", problems), text(values, "version", "", problems), text(values, "canonical_service", "", problems),
                text(values, "canonical_revision", "latest", problems), text(values, "cluster", "", problems),
                text(values, "service_account", "", problems),
                values.containsKey("services") ? services(values.get("services").strings(problems)) : Map.of());
        if (workloads.put(address.get(), workload) != null) {
            problems.add(peer.at(), "the address %s comes twice; remove one".formatted(address.get()));
        }
    }

    /** A file tells no ports. */
    private static Map<String, Set<Integer>> services(List<String> names) {
        return names.stream().distinct().collect(Collectors.toUnmodifiableMap(name -> name, _ -> Set.of()));
    }

    private static String text(Map<String, YamlTree> values, String key, String otherwise, Problems problems) {
        return values.containsKey(key) ? values.get(key).string(problems).orElse(otherwise) : otherwise;
    }
}
