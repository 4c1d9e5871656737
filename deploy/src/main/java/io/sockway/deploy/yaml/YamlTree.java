package io.sockway.deploy.yaml;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** YAML as JSON values, read as Kubernetes reads it: {@code on} and {@code yes} without quotes are booleans. */
public final class YamlTree {
    private static final Set<String> TRUE = Set.of("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE");
    private static final Set<String> FALSE = Set.of("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE");
    private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d[\\d_]*(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?");
    /** Aliases of aliases can make a small text a huge document. */
    private static final int MAX_NODES = 2_000_000;
    /** Of a text that others may send to a server. */
    private static final int MAX_NODES_OF_ONE = 50_000;

    /** Tabs and spaces that lines begin with. */
    private static final Pattern INDENTATION = Pattern.compile("(?m)^[ \\t]+");

    private static final String TOO_DEEP = "lists or maps are nested too deeply";

    private YamlTree() {
    }

    /**
     * Parses all documents of a text.
     *
     * @param name of the text in messages
     * @throws YamlException with file, line and column when it is not YAML
     */
    public static List<Node> compose(String name, String text) {
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(name).setUseMarks(true).setCodePointLimit(Integer.MAX_VALUE)
                    .setAllowDuplicateKeys(true).build();
            List<Node> documents = new ArrayList<>();
            new Compose(settings).composeAllFromString(isJson(text) ? withoutTabs(text) : text).forEach(documents::add);
            return documents;
        } catch (MarkedYamlEngineException e) {
            String where = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1)).orElse("");
            throw new YamlException(name + where + ": not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new YamlException(name + ": not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        } catch (StackOverflowError e) {
            throw new YamlException(name + ": " + TOO_DEEP);
        }
    }

    private static boolean isJson(String text) {
        return text.stripLeading().startsWith("{");
    }

    /** YAML takes no tabs before a line, JSON does; no string of JSON goes over several lines. All stays at its place. */
    private static String withoutTabs(String json) {
        return INDENTATION.matcher(json).replaceAll(found -> found.group().replace('\t', ' '));
    }

    /** The only document of a text; null in JSON where there is none. */
    public static JsonElement parse(String name, String text) {
        List<Node> documents = compose(name, text);
        return documents.isEmpty() ? JsonNull.INSTANCE : json(documents.getFirst(), MAX_NODES_OF_ONE);
    }

    /**
     * A node with all below it.
     *
     * @throws YamlException when it has too many or too deep values, as by aliases
     */
    public static JsonElement json(Node node) {
        return json(node, MAX_NODES);
    }

    private static JsonElement json(Node node, int most) {
        try {
            return json(node, most, new int[1]);
        } catch (StackOverflowError e) {
            throw new YamlException(TOO_DEEP);
        }
    }

    private static JsonElement json(Node node, int most, int[] count) {
        if (++count[0] > most) {
            throw new YamlException("a YAML document has more than " + most + " values");
        }
        switch (node) {
            case MappingNode mapping -> {
                JsonObject object = new JsonObject();
                for (NodeTuple tuple : mapping.getValue()) {
                    object.add(tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : tuple.getKeyNode().toString(),
                            json(tuple.getValueNode(), most, count));
                }
                return object;
            }
            case SequenceNode sequence -> {
                JsonArray array = new JsonArray();
                sequence.getValue().forEach(item -> array.add(json(item, most, count)));
                return array;
            }
            case ScalarNode scalar -> {
                return scalar(scalar);
            }
            default -> throw new IllegalStateException("a node of kind " + node.getNodeType());
        }
    }

    private static JsonElement scalar(ScalarNode scalar) {
        String text = scalar.getValue();
        if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
            return new JsonPrimitive(text);
        }
        if (NULL.contains(text)) {
            return JsonNull.INSTANCE;
        }
        if (TRUE.contains(text) || FALSE.contains(text)) {
            return new JsonPrimitive(TRUE.contains(text));
        }
        return NUMBER.matcher(text).matches() ? new JsonPrimitive(new LazilyParsedNumber(text)) : new JsonPrimitive(text);
    }

    /** Whether a string needs quotes to stay one. */
    static boolean plain(String text) {
        return text.matches("[A-Za-z/][A-Za-z0-9 _./=@+-]*(:[A-Za-z0-9_./@-]+)*") && !text.endsWith(" ") && !TRUE.contains(text)
                && !FALSE.contains(text) && !NULL.contains(text);
    }
}
