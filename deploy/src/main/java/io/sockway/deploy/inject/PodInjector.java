package io.sockway.deploy.inject;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.sockway.deploy.annotation.InvalidAnnotationsException;
import io.sockway.deploy.annotation.PodAnnotation;
import io.sockway.deploy.annotation.PodSettings;
import io.sockway.deploy.annotation.Quantity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Decides what a pod gets. Knows nothing of where the pod comes from. Thread-safe. */
public final class PodInjector {
    private static final int FIRST_PORT = 15900;
    private static final String CPU = "10m";
    private static final String EXCLUDE_INBOUND = "traffic.sidecar.istio.io/excludeInboundPorts";
    private static final String ISTIO_INIT = "istio-init";
    private static final Set<String> ISTIO = Set.of(ISTIO_INIT, "istio-validation", "istio-proxy", "enable-core-dump");
    /** Of others, and what they hold has to stay. */
    private static final List<String> ADDED_TO = List.of(EXCLUDE_INBOUND, ProxyHandOver.USER_MOUNT, ProxyHandOver.PROXY_CONFIG);
    private static final String ISTIO_STATUS = "sidecar.istio.io/status";

    private final PodTemplate template = new PodTemplate();
    private final InjectorOptions options;
    private final Consumer<String> portRule;

    /**
     * Takes the operator's decisions.
     *
     * @param portRule throws IllegalArgumentException, with what is wrong, for text that is no set of ports
     */
    public PodInjector(InjectorOptions options, Consumer<String> portRule) {
        this.options = options;
        this.portRule = portRule;
    }

    /**
     * Looks at a pod, or at the template of one, and leaves it as it is.
     *
     * @param pod with {@code metadata} and {@code spec}, each of which may be missing
     * @param unlessSaid whether a pod that says nothing is injected
     */
    public Outcome inject(JsonObject pod, boolean unlessSaid) {
        JsonObject metadata = Tree.object(pod, "metadata");
        JsonObject spec = Tree.object(pod, "spec");
        Map<String, String> annotations = new LinkedHashMap<>();
        List<String> notStrings = new ArrayList<>();
        Tree.object(metadata, "annotations").entrySet().forEach(each -> {
            if (each.getValue() instanceof JsonPrimitive value && value.isString()) {
                annotations.put(each.getKey(), value.getAsString());
            } else if (each.getKey().startsWith(PodAnnotation.PREFIX)) {
                notStrings.add(each.getKey());
            }
        });
        if (Tree.object(metadata, "labels").get(PodAnnotation.INJECT.key()) instanceof JsonPrimitive value && !value.isString()) {
            notStrings.add("label " + PodAnnotation.INJECT.key());
        }
        boolean required = PodSettings.required(annotations);
        if (!notStrings.isEmpty()) {
            return new Outcome.Refused(notStrings(notStrings), required);
        }
        String label = Tree.string(Tree.object(metadata, "labels"), PodAnnotation.INJECT.key()).orElse(null);
        String said = annotations.getOrDefault(PodAnnotation.INJECT.key(), label);
        if (!asked(said, unlessSaid)) {
            Optional<String> unknown = said == null ? PodSettings.unknown(annotations) : Optional.empty();
            return unknown.isPresent() ? new Outcome.Refused(unknown.get(), required)
                    : new Outcome.Skipped("not asked for; " + PodAnnotation.INJECT.key() + ": \"true\" asks for it");
        }
        Optional<String> unfit = unfit(metadata, spec, annotations);
        if (unfit.isPresent()) {
            return required ? new Outcome.Refused(unfit.get(), true) : new Outcome.Skipped(unfit.get());
        }
        List<String> others = ADDED_TO.stream().filter(key -> !annotations.containsKey(key)
                && Tree.object(metadata, "annotations").get(key) instanceof JsonElement value && !value.isJsonNull()).toList();
        if (!others.isEmpty()) {
            return new Outcome.Refused(notStrings(others), required);
        }
        try {
            PodSettings settings = PodSettings.parse(annotations, portRule);
            if (label != null && !PodAnnotation.INJECT.choices().contains(label)) {
                return new Outcome.Refused("label " + PodAnnotation.INJECT.key() + ": '" + label + "' is not one of true, false", required);
            }
            return new Outcome.Injected(edits(pod, annotations, settings), settings.required(), settings.notices());
        } catch (InvalidAnnotationsException | IllegalArgumentException e) {
            return new Outcome.Refused(e.getMessage(), required);
        }
    }

    private static String notStrings(List<String> keys) {
        return String.join(", ", keys) + ": not a string; put quotes around the value, since YAML reads on, off, true and numbers as "
                + "something else";
    }

    /** A value that is wrong counts as asked: it is to be named, not passed over. */
    private static boolean asked(String said, boolean unlessSaid) {
        return said == null ? unlessSaid : !said.equals("false");
    }

    private static Optional<String> unfit(JsonObject metadata, JsonObject spec, Map<String, String> annotations) {
        if (alreadyInjected(spec, annotations)) {
            return Optional.of("injected already");
        }
        if (annotations.containsKey("kubernetes.io/config.mirror")) {
            return Optional.of("a static pod: the API server can't change it");
        }
        if (Tree.is(spec, "hostNetwork", true)) {
            return Optional.of("uses the host's network, which Istio leaves alone too");
        }
        if (Tree.is(spec, "hostUsers", false)) {
            return Optional.of("has a user namespace (hostUsers: false), in which no BPF program can be loaded");
        }
        if (Tree.string(Tree.object(spec, "os"), "name").filter("windows"::equals).isPresent()
                || Tree.string(Tree.object(spec, "nodeSelector"), "kubernetes.io/os").filter("windows"::equals).isPresent()) {
            return Optional.of("a Windows pod");
        }
        if (Tree.array(spec, "containers").isEmpty()) {
            return Optional.of("has no containers");
        }
        return Optional.empty();
    }

    private static boolean alreadyInjected(JsonObject spec, Map<String, String> annotations) {
        String status = annotations.get(PodAnnotation.STATUS.key());
        if (status == null) {
            return false;
        }
        try {
            JsonElement names = JsonParser.parseString(status).getAsJsonObject().get("containers");
            Set<String> there = Tree.names(spec, "initContainers");
            there.addAll(Tree.names(spec, "containers"));
            return names.getAsJsonArray().asList().stream().allMatch(name -> there.contains(name.getAsString()));
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException | NullPointerException e) {
            // written by hand: the containers decide
            return false;
        }
    }

    private List<Edit> edits(JsonObject pod, Map<String, String> annotations, PodSettings settings) {
        JsonObject spec = Tree.object(pod, "spec");
        Map<String, String> values = values(spec, settings);
        JsonObject attach = template.part("attach", values).getAsJsonObject();
        JsonObject sidecar = template.part("sidecar", values).getAsJsonObject();
        List<JsonElement> volumes = new ArrayList<>(template.part("volumes", values).getAsJsonArray().asList());
        Map<String, String> set = new LinkedHashMap<>();
        Map<String, String> labels = new LinkedHashMap<>();
        boolean afterIstio = annotations.containsKey(ISTIO_STATUS);
        Edits edits = new Edits(pod);
        if (settings.telemetry()) {
            JsonObject telemetry = template.part("telemetry", values).getAsJsonObject();
            JsonObject mount = telemetry.getAsJsonObject("mount");
            volumes.add(telemetry.get("volume"));
            sidecar.add("command", telemetry.get("command"));
            sidecar.getAsJsonArray("args").addAll(telemetry.getAsJsonArray("args"));
            if (!settings.telemetryProfile().isEmpty()) {
                sidecar.getAsJsonArray("args").add("--telemetry-profile=" + settings.telemetryProfile());
            }
            sidecar.getAsJsonArray("volumeMounts").add(mount);
            if (!ProxyHandOver.edit(edits, spec, mount, telemetry.getAsJsonObject("proxyEnv"))) {
                set.putAll(ProxyHandOver.annotations(annotations, mount, telemetry.getAsJsonObject("proxyEnv")));
            }
            // The EnvoyFilter chooses pods by this label.
            labels.put(PodAnnotation.TELEMETRY.key(), "on");
        }
        List<JsonElement> first = new ArrayList<>(List.of(attach));
        if (isNative(spec)) {
            sidecar.addProperty("restartPolicy", "Always");
            first.add(sidecar);
        } else {
            edits.append(List.of("spec", "containers"), List.of(sidecar));
        }
        edits.insert(List.of("spec", "initContainers"), afterIstio(spec), first);
        edits.append(List.of("spec", "volumes"), volumes);
        if (!afterIstio || !Tree.names(spec, "initContainers").contains(ISTIO_INIT)) {
            // Prometheus scrapes without a mesh identity. Istio's CNI plugin reads this when the pod starts; the arguments of istio-init
            // are made from it when Istio injects, after which it would do nothing.
            set.put(EXCLUDE_INBOUND, excludeInbound(annotations.get(EXCLUDE_INBOUND), values.get("port")));
        }
        set.put(PodAnnotation.STATUS.key(), status(values, volumes));
        Map<String, Map<String, String>> metadata = new LinkedHashMap<>();
        metadata.put("annotations", set);
        metadata.put("labels", labels);
        edits.metadata(metadata);
        return edits.list();
    }

    private Map<String, String> values(JsonObject spec, PodSettings settings) {
        Set<String> containers = Tree.names(spec, "initContainers");
        containers.addAll(Tree.names(spec, "containers"));
        containers.addAll(Tree.names(spec, "ephemeralContainers"));
        Set<String> volumes = Tree.names(spec, "volumes");
        Map<String, String> values = new LinkedHashMap<>();
        values.put("attach-name", unique("sockway-attach", containers));
        values.put("sidecar-name", unique("sockway", containers));
        for (String each : List.of("pins", "cgroup", "tracing", "podinfo", "telemetry")) {
            values.put(each + "-volume", unique("sockway-" + each, volumes));
        }
        values.put("port", Integer.toString(freePort(spec)));
        values.put("port-name", unique("http-sockway", portNames(spec)));
        Map<PodAnnotation, String> overrides = settings.overrides();
        values.put("sidecar-image", overrides.getOrDefault(PodAnnotation.IMAGE, options.image()));
        values.put("attach-image", overrides.getOrDefault(PodAnnotation.ATTACH_IMAGE, options.attachImage()));
        String cpuLimit = overrides.getOrDefault(PodAnnotation.CPU_LIMIT, "");
        values.put("cpu", overrides.getOrDefault(PodAnnotation.CPU, cpuLimit.isEmpty() ? CPU : Quantity.min(CPU, cpuLimit)));
        values.put("cpu-limit", cpuLimit);
        String memory = overrides.getOrDefault(PodAnnotation.MEMORY, settings.telemetry() ? "112Mi" : "64Mi");
        String limit = overrides.getOrDefault(PodAnnotation.MEMORY_LIMIT, settings.telemetry() ? "320Mi" : "128Mi");
        // What is said goes before the defaults, which give way to it.
        values.put("memory", overrides.containsKey(PodAnnotation.MEMORY) ? memory : Quantity.min(memory, limit));
        values.put("memory-limit", overrides.containsKey(PodAnnotation.MEMORY_LIMIT) ? limit : Quantity.max(limit, memory));
        return values;
    }

    private String status(Map<String, String> values, List<JsonElement> added) {
        JsonObject status = new JsonObject();
        status.addProperty("version", options.version());
        JsonArray containers = new JsonArray();
        containers.add(values.get("attach-name"));
        containers.add(values.get("sidecar-name"));
        status.add("containers", containers);
        JsonArray volumes = new JsonArray();
        added.forEach(volume -> volumes.add(volume.getAsJsonObject().get("name")));
        status.add("volumes", volumes);
        return status.toString();
    }

    private boolean isNative(JsonObject spec) {
        return switch (options.kind()) {
            case NATIVE -> true;
            case CLASSIC -> false;
            case AUTO -> !Tree.names(spec, "containers").contains("istio-proxy") || ends(spec);
        };
    }

    /** Whether the pod is to end by itself, as a Job's, from which a container beside the application's would keep it. */
    private static boolean ends(JsonObject spec) {
        return Tree.string(spec, "restartPolicy").filter(policy -> !policy.equals("Always")).isPresent();
    }

    /** Before the application's own init containers, but not before those that Istio wants first. */
    private static int afterIstio(JsonObject spec) {
        List<JsonElement> present = Tree.array(spec, "initContainers").asList();
        for (int i = present.size(); i > 0; i--) {
            if (present.get(i - 1) instanceof JsonObject container && Tree.string(container, "name").filter(ISTIO::contains).isPresent()) {
                return i;
            }
        }
        return 0;
    }

    private static String excludeInbound(String present, String port) {
        return present == null || present.isBlank() ? port : present + "," + port;
    }

    private static int freePort(JsonObject spec) {
        Set<Integer> taken = new HashSet<>();
        ports(spec).forEach(each -> {
            if (each.get("containerPort") instanceof JsonPrimitive port && port.isNumber()) {
                taken.add(port.getAsInt());
            }
        });
        int port = FIRST_PORT;
        while (taken.contains(port)) {
            port++;
        }
        return port;
    }

    private static Set<String> portNames(JsonObject spec) {
        Set<String> names = new HashSet<>();
        ports(spec).forEach(each -> Tree.string(each, "name").ifPresent(names::add));
        return names;
    }

    private static List<JsonObject> ports(JsonObject spec) {
        List<JsonObject> ports = new ArrayList<>();
        for (String list : List.of("initContainers", "containers")) {
            for (JsonElement container : Tree.array(spec, list)) {
                if (container instanceof JsonObject object) {
                    Tree.array(object, "ports").forEach(port -> {
                        if (port instanceof JsonObject each) {
                            ports.add(each);
                        }
                    });
                }
            }
        }
        return ports;
    }

    private static String unique(String wanted, Set<String> taken) {
        String name = wanted;
        for (int i = 2; taken.contains(name); i++) {
            name = wanted + "-" + i;
        }
        return name;
    }
}
