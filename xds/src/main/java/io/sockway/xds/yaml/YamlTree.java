package io.sockway.xds.yaml;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** A node of a YAML 1.2 document, JSON included, that knows where it stands. Immutable. */
public final class YamlTree {
    private static final int MAX_CHARACTERS = 64 << 20;
    /** What aliases may add to what is written: a few lines of them can stand for more than any memory holds. */
    private static final int MAX_REPEATED = 1_000_000;

    private final Node node;

    private YamlTree(Node node) {
        this.node = node;
    }

    /**
     * One entry of a mapping.
     *
     * @param name the key
     * @param at where the key stands
     * @param value what is said of it
     */
    public record Entry(String name, Position at, YamlTree value) {
    }

    /** Reads the only document of {@code text}; empty if there is none, or if it cannot be read, which is then a problem. */
    public static Optional<YamlTree> parse(String file, String text, Problems problems) {
        LoadSettings settings = LoadSettings.builder().setLabel(file).setSchema(new CoreSchema()).setCodePointLimit(MAX_CHARACTERS)
                .setAllowDuplicateKeys(true).build();
        try {
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isPresent()) {
                Map<Node, Long> sizes = new IdentityHashMap<>();
                if (size(root.get(), sizes) - sizes.size() > MAX_REPEATED) {
                    problems.add(Position.of(root.get()), "its aliases repeat more than %,d values; write fewer".formatted(MAX_REPEATED));
                    return Optional.empty();
                }
            }
            return root.map(YamlTree::new);
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark().map(Position::of).orElse(new Position(file, 1, 1)), "not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(new Position(file, 1, 1), "not valid YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            problems.add(new Position(file, 1, 1), "nested too deeply; take levels out");
        }
        return Optional.empty();
    }

    /** How many nodes it stands for with its aliases written out; of each node once in {@code known}. */
    private static long size(Node node, Map<Node, Long> known) {
        Long size = known.get(node);
        if (size == null) {
            size = 1L;
            if (node instanceof SequenceNode sequence) {
                for (Node item : sequence.getValue()) {
                    size += size(item, known);
                }
            } else if (node instanceof MappingNode mapping) {
                for (NodeTuple tuple : mapping.getValue()) {
                    size += size(tuple.getKeyNode(), known) + size(tuple.getValueNode(), known);
                }
            }
            // Far above any limit and far below what a sum of them could not hold.
            size = Math.min(size, 1L << 32);
            known.put(node, size);
        }
        return size;
    }

    /** Where it begins. */
    public Position position() {
        return Position.of(node);
    }

    /** The same mapping without one key. */
    YamlTree without(String name) {
        MappingNode mapping = (MappingNode) node;
        List<NodeTuple> rest = mapping.getValue().stream()
                .filter(tuple -> !(tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))).toList();
        return new YamlTree(new MappingNode(mapping.getTag(), true, rest, mapping.getFlowStyle(), mapping.getStartMark(),
                mapping.getEndMark()));
    }

    /** Whether it is null, by word or by absence. */
    public boolean isNull() {
        return node.getTag().equals(Tag.NULL);
    }

    /** Whether it has keys. */
    public boolean isMapping() {
        return node instanceof MappingNode;
    }

    /** Whether it is a list. */
    public boolean isSequence() {
        return node instanceof SequenceNode;
    }

    /** Whether it is true or false. */
    public boolean isBoolean() {
        return node.getTag().equals(Tag.BOOL);
    }

    /** Whether it is a number, whole or not. */
    public boolean isNumber() {
        return node.getTag().equals(Tag.INT) || node.getTag().equals(Tag.FLOAT);
    }

    /** Whether it is text. */
    public boolean isString() {
        return node.getTag().equals(Tag.STR);
    }

    /** The text of a scalar, which it has to be, as it is written, without quotes. */
    public String scalar() {
        return ((ScalarNode) node).getValue();
    }

    /** What it is, for people. */
    public String kind() {
        if (isMapping()) {
            return "a mapping";
        } else if (isSequence()) {
            return "a list";
        } else if (isNull()) {
            return "nothing";
        } else if (isBoolean()) {
            return "the boolean " + scalar();
        } else if (isNumber()) {
            return "the number " + scalar();
        }
        return "the text '" + scalar() + "'";
    }

    /** The entries of a mapping in their order; anything else is a problem and gives none. A key that comes twice is a problem. */
    public List<Entry> entries(Problems problems) {
        if (!(node instanceof MappingNode mapping)) {
            problems.add(position(), "expected a mapping (key: value), found " + kind());
            return List.of();
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Position at = Position.of(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(at, "a key has to be a word, not a list or a mapping");
                continue;
            }
            Entry entry = new Entry(key.getValue(), at, new YamlTree(tuple.getValueNode()));
            Entry earlier = entries.putIfAbsent(entry.name(), entry);
            if (earlier != null) {
                problems.add(at, "key '%s' comes twice, first in line %d; remove one".formatted(entry.name(), earlier.at().line()));
            }
        }
        return List.copyOf(entries.values());
    }

    /** The items of a list; anything else is a problem and gives none. */
    public List<YamlTree> items(Problems problems) {
        if (!(node instanceof SequenceNode sequence)) {
            problems.add(position(), "expected a list (lines that begin with '- '), found " + kind());
            return List.of();
        }
        List<YamlTree> items = new ArrayList<>();
        sequence.getValue().forEach(item -> items.add(new YamlTree(item)));
        return items;
    }

    /** The text of a string; anything else is a problem and gives none. */
    public Optional<String> string(Problems problems) {
        if (isString()) {
            return Optional.of(scalar());
        }
        problems.add(position(), "expected text, found " + kind() + (isNumber() || isBoolean() ? "; put it in quotes" : ""));
        return Optional.empty();
    }

    /** The texts of a list of strings. */
    public List<String> strings(Problems problems) {
        return items(problems).stream().flatMap(item -> item.string(problems).stream()).toList();
    }

    /** Adds a problem for each entry whose name is not among {@code known}. */
    public static void requireKnown(Collection<Entry> entries, Set<String> known, String where, Problems problems) {
        for (Entry entry : entries) {
            if (!known.contains(entry.name())) {
                String hint = NearMiss.hint(entry.name(), known);
                problems.add(entry.at(), "unknown key '%s' in %s%s".formatted(entry.name(), where,
                        hint.isEmpty() ? "; there are " + String.join(", ", known) : hint));
            }
        }
    }
}
