package io.sockway.xds.ads;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.yaml.MessageReader;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One file of a mesh.
 *
 * @param name of the file
 * @param nodes which Envoys it is for; all if there are none
 * @param bootstrapClusters clusters that these Envoys have of their own
 * @param declarations its resources
 * @param references names in it that have to exist
 */
record MeshFile(String name, List<NodePattern> nodes, Set<String> bootstrapClusters, List<Declaration> declarations,
        List<Reference> references) {

    private static final String NODES = "nodes";
    private static final String BOOTSTRAP_CLUSTERS = "bootstrap_clusters";

    /** A key of the file, the type of its items, and the field that names one. */
    private enum Section {
        LISTENERS(ResourceType.LISTENER, Listener.getDefaultInstance(), "name"),
        ROUTES(ResourceType.ROUTE, RouteConfiguration.getDefaultInstance(), "name"),
        CLUSTERS(ResourceType.CLUSTER, Cluster.getDefaultInstance(), "name"),
        ENDPOINTS(ResourceType.ENDPOINTS, ClusterLoadAssignment.getDefaultInstance(), "cluster_name"),
        SECRETS(ResourceType.SECRET, Secret.getDefaultInstance(), "name"),
        EXTENSION_CONFIGS(ResourceType.EXTENSION, TypedExtensionConfig.getDefaultInstance(), "name");

        private final ResourceType type;
        private final Message prototype;
        private final String nameField;

        Section(ResourceType type, Message prototype, String nameField) {
            this.type = type;
            this.prototype = prototype;
            this.nameField = nameField;
        }

        private String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<String> KEYS = Stream
            .concat(Stream.of(NODES, BOOTSTRAP_CLUSTERS), Stream.of(Section.values()).map(Section::key))
            .collect(Collectors.toCollection(LinkedHashSet::new));

    static MeshFile parse(String name, String text, Problems problems) {
        List<NodePattern> nodes = new ArrayList<>();
        Set<String> bootstrapClusters = new HashSet<>();
        List<Declaration> declarations = new ArrayList<>();
        ReferenceCollector references = new ReferenceCollector();
        MessageReader reader = new MessageReader(problems, references);
        YamlTree.parse(name, text, problems).filter(tree -> !tree.isNull()).ifPresent(tree -> {
            List<YamlTree.Entry> entries = tree.entries(problems);
            YamlTree.requireKnown(entries, KEYS, "a mesh file", problems);
            for (YamlTree.Entry entry : entries) {
                if (entry.name().equals(NODES)) {
                    entry.value().strings(problems).forEach(pattern -> nodes.add(new NodePattern(pattern)));
                    if (nodes.isEmpty()) {
                        problems.add(entry.at(), "'nodes' names no Envoy; leave it out to mean all");
                    }
                } else if (entry.name().equals(BOOTSTRAP_CLUSTERS)) {
                    bootstrapClusters.addAll(entry.value().strings(problems));
                } else {
                    section(entry, reader, declarations, problems);
                }
            }
        });
        return new MeshFile(name, nodes, bootstrapClusters, declarations, references.references());
    }

    private static void section(YamlTree.Entry entry, MessageReader reader, List<Declaration> declarations, Problems problems) {
        for (Section section : Section.values()) {
            if (section.key().equals(entry.name()) && !entry.value().isNull()) {
                for (YamlTree item : entry.value().items(problems)) {
                    int before = problems.count();
                    Message message = reader.read(item, section.prototype);
                    String name = (String) message.getField(message.getDescriptorForType().findFieldByName(section.nameField));
                    if (!name.isEmpty()) {
                        declarations.add(new Declaration(section.type, name, message, item.position()));
                    } else if (problems.count() == before) {
                        problems.add(item.position(), "one of the %s has no '%s'; give it one".formatted(entry.name(), section.nameField));
                    }
                }
            }
        }
    }

    boolean isFor(EnvoyNode node) {
        return nodes.isEmpty() || nodes.stream().anyMatch(pattern -> pattern.matches(node));
    }

    /** Whether every Envoy that gets {@code other} gets this too. */
    boolean covers(MeshFile other) {
        return nodes.isEmpty() || !other.nodes.isEmpty() && nodes.containsAll(other.nodes);
    }

    /** Whether an Envoy may get both. */
    boolean overlaps(MeshFile other) {
        return nodes.isEmpty() || other.nodes.isEmpty()
                || nodes.stream().anyMatch(pattern -> other.nodes.stream().anyMatch(pattern::overlaps));
    }
}
