package io.sockway.deploy.yaml;

import com.google.gson.JsonElement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Adds members and items to YAML, or JSON, without touching a character of what is there: comments, quotes, order and indentation stay.
 * All places are those of the text as it was given; insertions at one place keep their order. Not thread-safe.
 */
public final class YamlEditor {
    /** The deeper one of two at one place comes first: it belongs to what ends there. */
    private record Change(int from, int to, String text, int depth) {
    }

    /** Where a value is, and what it is the value of. */
    private record Place(Node node, Optional<ScalarNode> key) {
    }

    private final String name;
    private final String text;
    private final String newLine;
    /** Where each code point is, by which nodes are placed; empty where all of them take one char. */
    private final int[] offsets;
    private final List<Change> changes = new ArrayList<>();
    private final Map<SequenceNode, Integer> added = new IdentityHashMap<>();
    private int depth;

    /** Takes the text of which the nodes that are edited were composed. @param name of it in messages */
    public YamlEditor(String name, String text) {
        this.name = name;
        this.text = text;
        this.newLine = text.contains("\r\n") ? "\r\n" : "\n";
        this.offsets = offsets(text);
    }

    private static int[] offsets(String text) {
        int count = text.codePointCount(0, text.length());
        if (count == text.length()) {
            return new int[0];
        }
        int[] offsets = new int[count + 1];
        for (int i = 0; i < count; i++) {
            offsets[i + 1] = text.offsetByCodePoints(offsets[i], 1);
        }
        return offsets;
    }

    /**
     * Adds a member to a mapping or an item to a sequence; a member that is there with a scalar value gets the new one.
     *
     * @param document root of it all
     * @param path from the root: members, and indices of items as decimal numbers; of a sequence, the index after the
     *     additions before, which have to be lower ones of the same sequence or those of others
     * @throws YamlException when the text is written in a way that this cannot edit
     */
    public void add(Node document, List<String> path, JsonElement value) {
        Place at = new Place(document, Optional.empty());
        for (String step : path.subList(0, path.size() - 1)) {
            at = below(at, step);
        }
        String last = path.getLast();
        depth = path.size();
        switch (at.node()) {
            case MappingNode mapping -> member(mapping, last, value);
            case SequenceNode sequence -> {
                item(sequence, at.key(), Integer.parseInt(last) - added.getOrDefault(sequence, 0), value);
                added.merge(sequence, 1, Integer::sum);
            }
            default -> throw refused(at.node(), "a scalar stands where something has to go below it");
        }
    }

    /** The text with all additions. */
    public String result() {
        StringBuilder result = new StringBuilder();
        int done = 0;
        for (Change change : changes.stream().sorted(Comparator.comparingInt(Change::from)
                .thenComparing(Change::depth, Comparator.reverseOrder())).toList()) {
            result.append(text, done, change.from()).append(change.text());
            done = change.to();
        }
        return result.append(text, done, text.length()).toString();
    }

    private Place below(Place at, String step) {
        if (at.node() instanceof SequenceNode sequence) {
            Node item = sequence.getValue().get(Integer.parseInt(step));
            requireHere(item, start(sequence));
            return new Place(item, Optional.empty());
        }
        NodeTuple tuple = find((MappingNode) at.node(), step).orElseThrow();
        requireHere(tuple.getValueNode(), start(tuple.getKeyNode()));
        return new Place(tuple.getValueNode(), Optional.of((ScalarNode) tuple.getKeyNode()));
    }

    private static Optional<NodeTuple> find(MappingNode mapping, String key) {
        return mapping.getValue().stream().filter(each -> each.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key))
                .findFirst();
    }

    private void member(MappingNode mapping, String key, JsonElement value) {
        Optional<NodeTuple> present = find(mapping, key);
        if (find(mapping, "<<").isPresent() && present.isEmpty()) {
            throw refused(mapping, "a merge key (<<) may bring '" + key + "'; write it out");
        }
        if (present.isPresent()) {
            replace(present.get(), value);
        } else if (isFlow(mapping)) {
            List<NodeTuple> members = mapping.getValue();
            flow(mapping, members.isEmpty() ? null : members.getLast().getValueNode(),
                    members.isEmpty() ? null : members.getFirst().getKeyNode(), "\"" + key + "\": ", value);
        } else {
            NodeTuple last = mapping.getValue().getLast();
            int indent = column(mapping.getValue().getFirst().getKeyNode());
            int sequences = mapping.getValue().stream().filter(each -> each.getValueNode() instanceof SequenceNode list && !isFlow(list)
                    && start(list) > start(each.getKeyNode())).findFirst()
                    .map(each -> dashColumn((SequenceNode) each.getValueNode()) - indent).orElse(0);
            insertLines(afterMember(last), YamlText.member(key, value, indent, sequences));
        }
    }

    private void replace(NodeTuple member, JsonElement value) {
        Node old = member.getValueNode();
        requireHere(old, start(member.getKeyNode()));
        boolean empty = start(old) == end(old);
        boolean emptyCollection = old instanceof CollectionNode<?> collection && collection.getValue().isEmpty();
        if (!(old instanceof ScalarNode) && !emptyCollection) {
            throw refused(old, "has a value already");
        }
        // A block scalar ends where the next line begins.
        boolean block = old instanceof ScalarNode scalar && isBlock(scalar);
        String flow = YamlText.flow(value);
        changes.add(empty ? new Change(colonAfter(member.getKeyNode()), colonAfter(member.getKeyNode()), " " + flow, depth)
                : new Change(start(old), end(old), block ? flow + newLine : flow, depth));
    }

    private int colonAfter(Node key) {
        return text.indexOf(':', end(key)) + 1;
    }

    private void item(SequenceNode sequence, Optional<ScalarNode> key, int index, JsonElement value) {
        List<Node> items = sequence.getValue();
        if (isFlow(sequence)) {
            if (index < items.size()) {
                requireHere(items.get(index), start(sequence));
                String separator = isPretty(sequence) ? "," + newLine + " ".repeat(column(items.get(index))) : ", ";
                insert(start(items.get(index)), styled(sequence, items.get(index), value) + separator);
            } else {
                flow(sequence, items.isEmpty() ? null : items.getLast(), items.isEmpty() ? null : items.getFirst(), "", value);
            }
            return;
        }
        String lines = block("- ", value, dashColumn(sequence));
        if (index > 0) {
            requireHere(items.get(index - 1), start(sequence));
            insertLines(after(items.get(index - 1)), lines);
        } else {
            insertLines(key.map(each -> lineAfter(end(each))).orElse(lineStart(start(sequence))), lines);
        }
    }

    /** The column of a block sequence's items: an anchor or a tag, where the node begins, can stand in the line of its key. */
    private int dashColumn(SequenceNode sequence) {
        int at = start(sequence);
        while (text.charAt(at) != '-') {
            at = switch (text.charAt(at)) {
                case '&', '!' -> endOfWord(at);
                case '#' -> lineAfter(at);
                default -> at + 1;
            };
        }
        return text.codePointCount(lineStart(at), at);
    }

    private int endOfWord(int offset) {
        int at = offset;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static String block(String dash, JsonElement value, int column) {
        return " ".repeat(column) + dash + YamlText.block(value, column + 2).stripLeading();
    }

    private void flow(CollectionNode<?> collection, Node last, Node first, String prefix, JsonElement value) {
        if (last == null) {
            insert(start(collection) + 1, prefix + YamlText.flow(value));
            return;
        }
        requireHere(last, start(collection));
        String separator = isPretty(collection) ? "," + newLine + " ".repeat(column(first)) : ", ";
        insert(end(last), separator + prefix + styled(collection, first, value));
    }

    private String styled(CollectionNode<?> collection, Node first, JsonElement value) {
        if (!isPretty(collection)) {
            return YamlText.flow(value);
        }
        int lineIndent = lineIndent(start(collection));
        return YamlText.pretty(value, column(first), Math.max(1, column(first) - lineIndent)).replace("\n", newLine);
    }

    private boolean isPretty(CollectionNode<?> collection) {
        Node first = collection instanceof MappingNode mapping ? mapping.getValue().getFirst().getKeyNode()
                : (Node) collection.getValue().getFirst();
        return line(first) > line(collection);
    }

    private int lineIndent(int offset) {
        int from = lineStart(offset);
        int at = from;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at - from;
    }

    /** Start of the line after all that belongs to a member. */
    private int afterMember(NodeTuple member) {
        Node value = member.getValueNode();
        boolean alias = start(value) < start(member.getKeyNode());
        return alias || start(value) == end(value) ? lineAfter(end(member.getKeyNode())) : after(value);
    }

    private int after(Node node) {
        if (node instanceof CollectionNode<?> collection && !isFlow(collection) && !collection.getValue().isEmpty()) {
            if (node instanceof MappingNode mapping) {
                return afterMember(mapping.getValue().getLast());
            }
            Node last = (Node) collection.getValue().getLast();
            requireHere(last, start(node));
            return after(last);
        }
        if (node instanceof ScalarNode scalar && isBlock(scalar)) {
            return end(node);
        }
        return lineAfter(end(node));
    }

    private static boolean isBlock(ScalarNode scalar) {
        return scalar.getScalarStyle() == ScalarStyle.LITERAL || scalar.getScalarStyle() == ScalarStyle.FOLDED;
    }

    private void insertLines(int offset, String lines) {
        boolean open = offset > 0 && text.charAt(offset - 1) != '\n';
        String adapted = lines.replace("\n", newLine);
        insert(offset, open ? newLine + adapted.substring(0, adapted.length() - newLine.length()) : adapted);
    }

    private void insert(int offset, String insertion) {
        changes.add(new Change(offset, offset, insertion, depth));
    }

    private int lineAfter(int offset) {
        int end = text.indexOf('\n', offset);
        return end < 0 ? text.length() : end + 1;
    }

    private int lineStart(int offset) {
        return text.lastIndexOf('\n', offset - 1) + 1;
    }

    /** An alias is the node that its anchor stands at: an edit there would show in other places too. */
    private void requireHere(Node node, int after) {
        if (start(node) < after) {
            throw refused(node, "an alias (*name) leads here from below; write the value out");
        }
    }

    private YamlException refused(Node node, String why) {
        Mark mark = node.getStartMark().orElseThrow();
        return new YamlException("%s:%d:%d: cannot be edited: %s".formatted(name, mark.getLine() + 1, mark.getColumn() + 1, why));
    }

    private static boolean isFlow(CollectionNode<?> collection) {
        return collection.getFlowStyle() == FlowStyle.FLOW;
    }

    private int start(Node node) {
        return offset(node.getStartMark().orElseThrow());
    }

    private int end(Node node) {
        return offset(node.getEndMark().orElseThrow());
    }

    private int offset(Mark mark) {
        return offsets.length == 0 ? mark.getIndex() : offsets[mark.getIndex()];
    }

    private static int line(Node node) {
        return node.getStartMark().orElseThrow().getLine();
    }

    private static int column(Node node) {
        return node.getStartMark().orElseThrow().getColumn();
    }
}
