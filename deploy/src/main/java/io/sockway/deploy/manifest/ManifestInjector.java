package io.sockway.deploy.manifest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.sockway.deploy.annotation.PodAnnotation;
import io.sockway.deploy.inject.Edit;
import io.sockway.deploy.inject.Outcome;
import io.sockway.deploy.inject.PodInjector;
import io.sockway.deploy.yaml.YamlEditor;
import io.sockway.deploy.yaml.YamlException;
import io.sockway.deploy.yaml.YamlTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Injects the pods of a file of Kubernetes objects; all else in it stays as it is, to the byte. Thread-safe. */
public final class ManifestInjector {
    private static final List<String> TEMPLATE = List.of("spec", "template");
    private static final Map<String, List<String>> WORKLOADS = Map.of("v1/Pod", List.of(),
            "v1/ReplicationController", TEMPLATE, "apps/Deployment", TEMPLATE, "apps/StatefulSet", TEMPLATE, "apps/DaemonSet", TEMPLATE,
            "apps/ReplicaSet", TEMPLATE, "batch/Job", TEMPLATE, "batch/CronJob", List.of("spec", "jobTemplate", "spec", "template"));

    private final PodInjector injector;

    /** Uses an injector for each pod. */
    public ManifestInjector(PodInjector injector) {
        this.injector = injector;
    }

    /**
     * What came of a file.
     *
     * @param text with the additions
     * @param injected objects that got Sockway, as {@code Deployment/name}
     * @param notes one line each: pods that stay as they are, and why, and what others ask for in vain
     * @param problems one line each; when there are any, the text is to be thrown away
     */
    public record Result(String text, List<String> injected, List<String> notes, List<String> problems) {
    }

    /**
     * Injects all pods of a text, which may hold several documents.
     *
     * @param name of the text in messages
     * @throws YamlException when it is no YAML, or written in a way that cannot be edited
     */
    public Result inject(String name, String text) {
        List<Node> documents = YamlTree.compose(name, text);
        YamlEditor editor = new YamlEditor(name, text);
        Result result = new Result(text, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<JsonElement> trees = documents.stream().map(YamlTree::json).toList();
        Set<String> forbidding = forbidding(trees);
        for (int i = 0; i < documents.size(); i++) {
            Node document = documents.get(i);
            JsonElement tree = trees.get(i);
            List<Edit> edits = visit(tree, List.of(), result);
            if (!edits.isEmpty() && tree instanceof JsonObject object
                    && string(member(object, "metadata"), "namespace").filter(forbidding::contains).isPresent()) {
                result.notes().add(label(object) + ": its namespace enforces a PodSecurity level that refuses injected pods; it needs "
                        + "'privileged'");
            }
            for (Edit edit : edits) {
                edit.apply(tree);
                editor.add(document, edit.path(), edit.value());
            }
        }
        String edited = editor.result();
        if (!edited.equals(text) && !readsAs(name, edited, trees)) {
            throw new YamlException(name + ": cannot be edited: the additions would change more than the pods that get them, as where a "
                    + "key is there twice, an anchor (&name) is used elsewhere, or a block (|) ends the file without a line end; "
                    + "write these out");
        }
        return new Result(edited, result.injected(), result.notes(), result.problems());
    }

    private static boolean readsAs(String name, String text, List<JsonElement> trees) {
        try {
            return YamlTree.compose(name, text).stream().map(YamlTree::json).toList().equals(trees);
        } catch (YamlException e) {
            return false;
        }
    }

    private List<Edit> visit(JsonElement element, List<String> path, Result result) {
        if (!(element instanceof JsonObject object) || string(object, "kind").isEmpty()) {
            return List.of();
        }
        String kind = string(object, "kind").get();
        if (kind.endsWith("List") && object.get("items") instanceof JsonArray items) {
            List<Edit> all = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) {
                all.addAll(visit(items.get(i), join(path, List.of("items", Integer.toString(i))), result));
            }
            return all;
        }
        String version = string(object, "apiVersion").orElse("");
        List<String> toPod = WORKLOADS.get((version.contains("/") ? version.substring(0, version.indexOf('/')) : version) + "/" + kind);
        if (toPod == null) {
            return List.of();
        }
        String label = label(object);
        JsonObject pod = object;
        for (String step : toPod) {
            pod = member(pod, step);
        }
        if (!toPod.isEmpty()) {
            misplaced(object, "annotations").ifPresent(key -> result.notes().add(label + ": " + key + " is an annotation of the " + kind
                    + ", where it does nothing; it belongs under " + String.join(".", toPod) + ".metadata.annotations"));
            misplaced(object, "labels").ifPresent(key -> result.notes().add(label + ": " + key + " is a label of the " + kind
                    + ", where it does nothing; it belongs under " + String.join(".", toPod) + ".metadata"));
        }
        return switch (injector.inject(pod, true)) {
            case Outcome.Injected(List<Edit> edits, boolean _, List<String> warnings) -> {
                result.injected().add(label);
                warnings.forEach(warning -> result.notes().add(label + ": " + warning));
                yield edits.stream().map(edit -> edit.below(join(path, toPod))).toList();
            }
            case Outcome.Skipped(String reason) -> {
                result.notes().add(label + ": left as it is: " + reason);
                yield List.of();
            }
            case Outcome.Refused(String problem, boolean _) -> {
                result.problems().add(label + ": " + problem);
                yield List.of();
            }
        };
    }

    /** Namespaces among the documents that would refuse an injected pod. */
    private static Set<String> forbidding(List<JsonElement> trees) {
        Set<String> names = new HashSet<>();
        for (JsonElement tree : trees) {
            if (tree instanceof JsonObject object && string(object, "kind").filter("Namespace"::equals).isPresent()) {
                JsonObject metadata = member(object, "metadata");
                string(member(metadata, "labels"), "pod-security.kubernetes.io/enforce").filter(level -> !level.equals("privileged"))
                        .flatMap(level -> string(metadata, "name")).ifPresent(names::add);
            }
        }
        return names;
    }

    private static String label(JsonObject object) {
        JsonObject metadata = member(object, "metadata");
        return string(object, "kind").orElse("") + "/" + string(metadata, "name").or(() -> string(metadata, "generateName"))
                .orElse("(no name)");
    }

    private static Optional<String> misplaced(JsonObject object, String map) {
        return member(member(object, "metadata"), map).keySet().stream().filter(key -> key.startsWith(PodAnnotation.PREFIX))
                .findFirst();
    }

    private static List<String> join(List<String> a, List<String> b) {
        List<String> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private static JsonObject member(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonObject object ? object : new JsonObject();
    }

    private static Optional<String> string(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonPrimitive value && value.isString() ? Optional.of(value.getAsString()) : Optional.empty();
    }
}
