package io.sockway.deploy.annotation;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The annotations that there are; {@code docs/injection.md} has a row for each. */
public enum PodAnnotation {
    /** Whether the pod is injected; a label of this name on the pod or its namespace says the same. */
    INJECT("inject", "true", "false"),
    /** What is done with local connections. Live. */
    ACCELERATION("acceleration", "on", "off", "observe"),
    /** Whether connections to pods of the node that have it on too are redirected; off is live, on if the pod began with it. */
    SAME_NODE("same-node", "on", "off"),
    /** The only ports that are accelerated. Live. */
    INCLUDE_PORTS("include-ports"),
    /** Ports that are left alone. Live. */
    EXCLUDE_PORTS("exclude-ports"),
    /** Whether the stats plugin is handed to istio-proxy. */
    TELEMETRY("telemetry", "on", "off"),
    /** Which labels the plugin's metrics carry. */
    TELEMETRY_PROFILE("telemetry-profile", "dashboard", "istio"),
    /** Whether the pod must not start when Sockway cannot be attached. */
    REQUIRED("required", "true", "false"),
    /** Image of the container that stays. */
    IMAGE("image"),
    /** Image of the container that attaches. */
    ATTACH_IMAGE("attach-image"),
    /** CPU request of the container that stays. */
    CPU("cpu"),
    /** CPU limit of the container that stays. */
    CPU_LIMIT("cpu-limit"),
    /** Memory request of the container that stays. */
    MEMORY("memory"),
    /** Memory limit of the container that stays. */
    MEMORY_LIMIT("memory-limit"),
    /** Written by the injector: what it added. */
    STATUS("status");

    /** What all keys begin with. */
    public static final String PREFIX = "sockway.io/";

    private final String name;
    private final List<String> choices;

    PodAnnotation(String name, String... choices) {
        this.name = name;
        this.choices = List.of(choices);
    }

    /** For example {@code sockway.io/inject}. */
    public String key() {
        return PREFIX + name;
    }

    /** The values that there are; empty where they are open. */
    public List<String> choices() {
        return choices;
    }

    static Optional<PodAnnotation> of(String key) {
        return Arrays.stream(values()).filter(each -> each.key().equals(key)).findFirst();
    }

    /** A question to put after a key that is not known, with the one that was probably meant; empty if none is close. */
    static String hint(String key) {
        List<String> settable = Arrays.stream(values()).filter(each -> each != STATUS).map(each -> each.name).toList();
        return NearMiss.of(key.substring(PREFIX.length()), settable).map(name -> NearMiss.question(PREFIX + name)).orElse("");
    }
}
