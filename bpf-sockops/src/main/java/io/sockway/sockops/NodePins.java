package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfException;
import io.sockway.bpf.BpfMap;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.Bpffs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What pods of a node share (node.h), pinned beside the pods' own folders:
 * <pre>
 * PODS/UID/              pins of a pod, as {@link PinDirectory} has them
 * PODS/same-node-ABI/    what those share that were loaded to, for its owner only
 * </pre>
 * A lock on PODS (flock) is held while pods come or go here.
 *
 * @param pods the folder that has one for each pod
 */
record NodePins(Path pods) {
    private static final String OBJECT = "node.bpf.o";
    private static final String PREFIX = "same-node-";
    private static final String MEMBERS = "members";
    private static final String OUTER = "node_";
    /** Each leads from a pod to the map of this name of the pod. */
    private static final List<String> OF_PODS = List.of("control", "unsuited", "wakes", MEMBERS);
    private static final List<String> COMMON = List.of("node_halves", "node_flows", "node_addresses");
    private static final Duration CLOSED_FOR = Duration.ofMinutes(10);

    /** The names of the shared maps, as programs know them. */
    static List<String> names() {
        return Stream.concat(COMMON.stream(), OF_PODS.stream().map(OUTER::concat)).toList();
    }

    /** Those that a pod's pins belong to. */
    static NodePins beside(PinDirectory pins) {
        return new NodePins(pins.dir().getParent());
    }

    private Path folder() {
        return pods.resolve(PREFIX + Layouts.ABI);
    }

    /**
     * Opens the shared maps, and makes those that are not there.
     *
     * @return by name, to be closed by the caller
     * @throws BpfException when the kernel has no such maps
     */
    Map<String, BpfMap> open() {
        Map<String, BpfMap> opened = new LinkedHashMap<>();
        try (var _ = Bpffs.lock(pods)) {
            if (!isComplete()) {
                make();
            }
            for (String name : names()) {
                opened.put(name, BpfMap.openPinned(folder().resolve(name)));
            }
            return opened;
        } catch (IOException e) {
            opened.values().forEach(BpfMap::close);
            throw new UncheckedIOException("make " + folder(), e);
        } catch (BpfException e) {
            opened.values().forEach(BpfMap::close);
            throw e;
        }
    }

    private boolean isComplete() {
        return names().stream().allMatch(name -> Files.exists(folder().resolve(name)));
    }

    private void make() throws IOException {
        try (BpfObject object = BpfObject.open(OBJECT, Resources.bytes(OBJECT))) {
            object.load();
            remove(folder());
            Files.createDirectory(folder());
            Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwx------"));
            for (String name : names()) {
                try (BpfMap map = object.map(name)) {
                    map.pin(folder().resolve(name));
                    Files.setPosixFilePermissions(folder().resolve(name), PosixFilePermissions.fromString("rw-------"));
                }
            }
        }
    }

    /** Lets the programs of other pods see this one's maps. They are pinned already: those without a pin are taken for a dead pod's. */
    void register(Map<String, BpfMap> shared, long pod, BpfObject object) {
        try (var _ = Bpffs.lock(pods); Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocateFrom(JAVA_LONG, pod);
            for (String name : OF_PODS) {
                try (BpfMap map = object.map(name)) {
                    shared.get(OUTER + name).replaceInner(key, map);
                }
            }
        }
    }

    /** Removes from all that is shared what is left of pods without pins; with the last pod that shares, the pins go too. */
    void collect() {
        if (!Files.isDirectory(pods)) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(pods, PREFIX + "*")) {
            List<Path> found = new ArrayList<>();
            folders.forEach(found::add);
            if (found.isEmpty()) {
                return;
            }
            try (var _ = Bpffs.lock(pods)) {
                Set<Integer> living = livingMembers();
                for (Path folder : found) {
                    if (!keepsPods(folder, living) && allComplete()) {
                        remove(folder);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("list " + pods, e);
        }
    }

    /** Ids of the maps of members that pods have pinned. */
    private Set<Integer> livingMembers() throws IOException {
        Set<Integer> ids = new HashSet<>();
        for (PinDirectory pod : podPins()) {
            try (BpfMap members = BpfMap.openPinned(pod.map(MEMBERS))) {
                ids.add(members.info().id());
            } catch (BpfException e) {
                if (Files.exists(pod.map(MEMBERS))) {
                    throw e;
                }
            }
        }
        return ids;
    }

    /** A pod that is about to share has a folder, incomplete until it has registered. */
    private boolean allComplete() throws IOException {
        return podPins().stream().allMatch(PinDirectory::isComplete);
    }

    private List<PinDirectory> podPins() throws IOException {
        try (Stream<Path> all = Files.list(pods)) {
            return all.filter(Files::isDirectory).filter(each -> !each.getFileName().toString().startsWith(PREFIX))
                    .map(PinDirectory::new).toList();
        }
    }

    /** Drops the others; whether any is left. */
    private static boolean keepsPods(Path folder, Set<Integer> living) {
        if (!Files.exists(folder.resolve(OUTER + MEMBERS))) {
            return false;
        }
        Set<Long> kept = new HashSet<>();
        List<Long> dead = new ArrayList<>();
        try (BpfMap members = BpfMap.openPinned(folder.resolve(OUTER + MEMBERS))) {
            members.forEach((pod, id) -> {
                if (living.contains(id.get(JAVA_INT, 0))) {
                    kept.add(pod.get(JAVA_LONG, 0));
                } else {
                    dead.add(pod.get(JAVA_LONG, 0));
                }
            });
        }
        for (String name : OF_PODS) {
            deleteAll(folder.resolve(OUTER + name), dead);
        }
        if (folder.getFileName().toString().equals(PREFIX + Layouts.ABI)) {
            forgetFlows(folder.resolve("node_flows"), kept);
        }
        return !kept.isEmpty();
    }

    /**
     * Flows end by the callbacks of their sockets. Those are left over that lose their cgroup before they have closed, as sockets of a pod
     * that is killed may.
     */
    private static void forgetFlows(Path pin, Set<Long> pods) {
        List<Long> over = new ArrayList<>();
        long now = System.nanoTime();
        try (BpfMap flows = BpfMap.openPinned(pin)) {
            flows.forEach((id, flow) -> {
                boolean dead = !pods.contains(Flow.pod(flow, 0)) && !pods.contains(Flow.pod(flow, 1));
                boolean closed = FlowTotals.state(flow) == FlowState.CLOSED && now - Flow.lastSeen(flow) > CLOSED_FOR.toNanos();
                if (dead || closed) {
                    over.add(id.get(JAVA_LONG, 0));
                }
            });
        }
        deleteAll(pin, over);
    }

    private static void deleteAll(Path pin, List<Long> keys) {
        if (keys.isEmpty() || !Files.exists(pin)) {
            return;
        }
        try (BpfMap map = BpfMap.openPinned(pin); Arena arena = Arena.ofConfined()) {
            keys.forEach(key -> map.delete(arena.allocateFrom(JAVA_LONG, key)));
        }
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
