package io.sockway.xds.ads;

import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.Resource;
import io.sockway.xds.discovery.ResourceSource;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.discovery.Snapshot;
import io.sockway.xds.yaml.NearMiss;
import io.sockway.xds.yaml.Position;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The resources of all files of a folder, checked. Immutable and thread-safe. */
public final class Mesh implements ResourceSource {

    private final List<Part> parts;
    /** By the files that are for an Envoy: there are few such sets, however many Envoys there are. */
    private final Map<BitSet, Snapshot> snapshots = new ConcurrentHashMap<>();

    private record Typed(ResourceType type, Resource resource) {
    }

    private record Part(MeshFile file, List<Typed> resources) {
        private static Part of(MeshFile file) {
            return new Part(file, file.declarations().stream()
                    .map(each -> new Typed(each.type(), Resource.of(each.name(), each.message()))).toList());
        }
    }

    private Mesh(List<MeshFile> files) {
        this.parts = files.stream().map(Part::of).toList();
    }

    /**
     * Reads the files {@code *.yaml}, {@code *.yml} and {@code *.json} of a folder; not those of folders in it, nor hidden ones.
     *
     * @throws MeshException with everything that is wrong in them
     */
    public static Mesh load(Path folder) throws MeshException {
        return load(folder, Runtime.getRuntime().maxMemory());
    }

    /** @param memory bytes that this process may have */
    static Mesh load(Path folder, long memory) throws MeshException {
        Problems problems = new Problems();
        List<MeshFile> files = new ArrayList<>();
        try {
            List<Path> found = files(folder);
            YamlFiles.requireRoom(folder.toAbsolutePath().toString(), found, memory, problems);
            for (Path file : problems.isEmpty() ? found : List.<Path>of()) {
                String name = file.getFileName().toString();
                try {
                    files.add(MeshFile.parse(name, YamlFiles.text(file), problems));
                } catch (IOException e) {
                    problems.addUnreadable(name, e);
                } catch (StackOverflowError e) {
                    problems.add(new Position(name, 1, 1), "nested too deeply; take levels out");
                }
            }
        } catch (IOException e) {
            problems.addUnreadable(folder.toAbsolutePath().toString(), e);
        }
        if (files.isEmpty() && problems.isEmpty()) {
            problems.add(new Position(folder.toAbsolutePath().toString(), 1, 1), "holds no *.yaml; put the mesh's files there");
        }
        // What was misread looks like missing, so names are compared only once everything is read.
        if (problems.isEmpty()) {
            requireUnique(files, problems);
            requireTargets(files, problems);
        }
        if (!problems.isEmpty()) {
            throw new MeshException(problems.all());
        }
        return new Mesh(files);
    }

    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().matches("[^.].*\\.(yaml|yml|json)"))
                    .sorted(Comparator.comparing(Path::getFileName)).toList();
        }
    }

    @Override
    public Snapshot forNode(EnvoyNode node) {
        BitSet chosen = new BitSet();
        for (int i = 0; i < parts.size(); i++) {
            chosen.set(i, parts.get(i).file().isFor(node));
        }
        return snapshots.computeIfAbsent(chosen, this::snapshot);
    }

    /** How many resources there are of all types. */
    public int size() {
        return parts.stream().mapToInt(part -> part.resources().size()).sum();
    }

    /** How many files they came from. */
    public int files() {
        return parts.size();
    }

    private Snapshot snapshot(BitSet chosen) {
        Snapshot.Builder snapshot = Snapshot.builder();
        chosen.stream().forEach(i -> parts.get(i).resources().forEach(each -> snapshot.add(each.type(), each.resource())));
        return snapshot.build();
    }

    private record Declared(MeshFile file, Declaration declaration) {
    }

    private static Map<ResourceType, Map<String, List<Declared>>> byName(List<MeshFile> files) {
        Map<ResourceType, Map<String, List<Declared>>> byName = new HashMap<>();
        for (MeshFile file : files) {
            for (Declaration each : file.declarations()) {
                byName.computeIfAbsent(each.type(), type -> new HashMap<>()).computeIfAbsent(each.name(), name -> new ArrayList<>())
                        .add(new Declared(file, each));
            }
        }
        return byName;
    }

    private static void requireUnique(List<MeshFile> files, Problems problems) {
        byName(files).values().stream().flatMap(named -> named.values().stream()).filter(same -> same.size() > 1).forEach(same -> {
            for (int i = 1; i < same.size(); i++) {
                Declared later = same.get(i);
                same.subList(0, i).stream().filter(earlier -> earlier.file().overlaps(later.file())).findFirst().ifPresent(earlier ->
                        problems.add(later.declaration().at(), "%s '%s' is in %s already; rename one, or keep the files' 'nodes' apart"
                                .formatted(noun(later.declaration().type()), later.declaration().name(), earlier.declaration().at())));
            }
        });
    }

    private static void requireTargets(List<MeshFile> files, Problems problems) {
        Map<ResourceType, Map<String, List<Declared>>> byName = byName(files);
        for (MeshFile file : files) {
            for (Reference reference : file.references()) {
                if (reference.type() == ResourceType.CLUSTER && files.stream()
                        .anyMatch(each -> each.covers(file) && each.bootstrapClusters().contains(reference.name()))) {
                    continue;
                }
                Map<String, List<Declared>> known = byName.getOrDefault(reference.type(), Map.of());
                List<Declared> targets = known.getOrDefault(reference.name(), List.of());
                if (targets.stream().noneMatch(target -> target.file().covers(file))) {
                    problems.add(reference.at(), missing(reference, targets, known));
                }
            }
        }
    }

    private static String missing(Reference reference, List<Declared> elsewhere, Map<String, List<Declared>> known) {
        String noun = noun(reference.type());
        if (!elsewhere.isEmpty()) {
            return "%s refers to %s '%s', which %s has only for other Envoys; make the 'nodes' of both files agree".formatted(
                    reference.what(), noun, reference.name(), elsewhere.getFirst().declaration().at());
        }
        String hint = NearMiss.hint(reference.name(), known.keySet());
        if (hint.isEmpty()) {
            hint = reference.type() == ResourceType.CLUSTER
                    ? "; add it to 'clusters', or to 'bootstrap_clusters' if the Envoys have it in their bootstrap"
                    : "; add it to '%s'".formatted(section(reference.type()));
        }
        return "%s refers to %s '%s', which is in no file%s".formatted(reference.what(), noun, reference.name(), hint);
    }

    private static String noun(ResourceType type) {
        return switch (type) {
            case CLUSTER -> "cluster";
            case ENDPOINTS -> "endpoints";
            case SECRET -> "secret";
            case EXTENSION -> "extension config";
            case LISTENER -> "listener";
            case ROUTE -> "route configuration";
        };
    }

    private static String section(ResourceType type) {
        return switch (type) {
            case ENDPOINTS -> "endpoints";
            case EXTENSION -> "extension_configs";
            case ROUTE -> "routes";
            default -> noun(type) + "s";
        };
    }
}
