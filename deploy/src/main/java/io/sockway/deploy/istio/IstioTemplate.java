package io.sockway.deploy.istio;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.deploy.annotation.PodAnnotation;
import io.sockway.deploy.inject.InjectorOptions;
import io.sockway.deploy.inject.PodTemplate;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.yaml.YamlText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A template for istiod's own injector, for clusters that want no second webhook: values of its Helm chart, of which pods choose the
 * template with {@code inject.istio.io/templates: sidecar,sockway}. Istio checks no annotations, and names and ports are fixed.
 */
public final class IstioTemplate {
    private static final String PORT = "15900";
    private static final int TEMPLATE_INDENT = 6;
    private static final Pattern MEMORY_LIMIT = Pattern.compile("(?m)^( +)memory: .*" + PodAnnotation.MEMORY_LIMIT.key() + ".*\n");

    private IstioTemplate() {
    }

    /** The values file. */
    public static String values(InjectorOptions options) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("attach-name", "sockway-attach");
        values.put("sidecar-name", "sockway");
        for (String each : new String[] {"pins", "cgroup", "tracing", "podinfo"}) {
            values.put(each + "-volume", "sockway-" + each);
        }
        values.put("port", PORT);
        values.put("port-name", "http-sockway");
        values.put("sidecar-image", annotation(PodAnnotation.IMAGE, options.image()));
        values.put("attach-image", annotation(PodAnnotation.ATTACH_IMAGE, options.attachImage()));
        values.put("cpu", annotation(PodAnnotation.CPU, "10m"));
        // Comes in the text: without the annotation there is none.
        values.put("cpu-limit", "");
        values.put("memory", annotation(PodAnnotation.MEMORY, "64Mi"));
        values.put("memory-limit", annotation(PodAnnotation.MEMORY_LIMIT, "128Mi"));
        PodTemplate template = new PodTemplate();
        JsonObject sidecar = template.part("sidecar", values).getAsJsonObject();
        JsonObject spec = new JsonObject();
        JsonArray first = new JsonArray();
        first.add(template.part("attach", values));
        if (options.kind() == SidecarKind.CLASSIC) {
            JsonArray containers = new JsonArray();
            containers.add(sidecar);
            spec.add("containers", containers);
        } else {
            sidecar.addProperty("restartPolicy", "Always");
            first.add(sidecar);
        }
        spec.add("initContainers", first);
        spec.add("volumes", template.part("volumes", values));
        JsonObject pod = new JsonObject();
        pod.add("spec", spec);
        return """
                # For istiod's Helm chart or an IstioOperator's values. Made by 'sockway istio-template'; version %s.
                sidecarInjectorWebhook:
                  templates:
                    sockway: |
                """.formatted(options.version()) + withLimits(YamlText.block(pod, TEMPLATE_INDENT));
    }

    /** Kubernetes takes no pod that asks for more than its limit: who says how much gets no other limit than the one that is said too. */
    private static String withLimits(String template) {
        Matcher limit = MEMORY_LIMIT.matcher(template);
        if (!limit.find()) {
            throw new IllegalStateException("the template has no limit of the sidecar's memory");
        }
        String annotations = ".ObjectMeta.Annotations `";
        String indent = limit.group(1);
        return template.substring(0, limit.start())
                + indent + "{{- with index " + annotations + PodAnnotation.CPU_LIMIT.key() + "` }}\n"
                + indent + "cpu: {{ . | quote }}\n"
                + indent + "{{- end }}\n"
                + indent + "{{- if or (isset " + annotations + PodAnnotation.MEMORY_LIMIT.key() + "`) (not (isset " + annotations
                + PodAnnotation.MEMORY.key() + "`)) }}\n"
                + limit.group()
                + indent + "{{- end }}\n" + template.substring(limit.end());
    }

    /** Istio's template function: the pod's annotation, or what goes without it. */
    private static String annotation(PodAnnotation annotation, String otherwise) {
        return "{{ annotation .ObjectMeta `" + annotation.key() + "` `" + otherwise + "` }}";
    }
}
