package io.sockway.deploy.istio;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.sockway.deploy.inject.Outcome;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.testing.Injection;
import io.sockway.deploy.testing.Strict;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IstioTemplateTest {
    private static final Pattern ANNOTATION = Pattern.compile("\\{\\{ annotation \\.ObjectMeta `([^`]*)` `([^`]*)` }}");
    private static final Pattern WITH = Pattern.compile(" *\\{\\{- with index \\.ObjectMeta\\.Annotations `([^`]*)` }}");
    private static final Pattern IF = Pattern.compile(" *\\{\\{- if or \\(isset \\.ObjectMeta\\.Annotations `([^`]*)`\\) "
            + "\\(not \\(isset \\.ObjectMeta\\.Annotations `([^`]*)`\\)\\) }}");

    /** As Istio's functions render it for a pod with these annotations; only what the template uses is known. */
    private static JsonObject render(Map<String, String> annotations) {
        String template = Strict.document(IstioTemplate.values(Injection.options(SidecarKind.AUTO)))
                .getAsJsonObject("sidecarInjectorWebhook")
                .getAsJsonObject("templates").get("sockway").getAsString();
        StringBuilder text = new StringBuilder();
        Deque<Boolean> shown = new ArrayDeque<>();
        String dot = "";
        for (String line : template.lines().toList()) {
            Matcher with = WITH.matcher(line);
            Matcher either = IF.matcher(line);
            if (with.matches()) {
                dot = annotations.getOrDefault(with.group(1), "");
                shown.push(!dot.isEmpty());
            } else if (either.matches()) {
                shown.push(annotations.containsKey(either.group(1)) || !annotations.containsKey(either.group(2)));
            } else if (line.strip().equals("{{- end }}")) {
                shown.pop();
            } else if (!shown.contains(false)) {
                text.append(ANNOTATION.matcher(line.replace("{{ . | quote }}", '"' + dot + '"'))
                        .replaceAll(found -> annotations.getOrDefault(found.group(1), found.group(2)))).append('\n');
            }
        }
        assertThat(text).doesNotContain("{{");
        assertThat(shown).isEmpty();
        return Strict.document(text.toString());
    }

    @Test
    void shouldGiveWhatTheInjectorGivesToAPodThatSaysNothing() {
        JsonObject rendered = render(Map.of());
        assertThat(Strict.unknownPodFields(rendered)).isEmpty();
        JsonObject pod = Strict.document("{metadata: {name: p}, spec: {containers: [{name: a}]}}");
        ((Outcome.Injected) Injection.injector(SidecarKind.AUTO).inject(pod, true)).edits().forEach(edit -> edit.apply(pod));
        for (String list : new String[] {"initContainers", "volumes"}) {
            JsonElement want = pod.getAsJsonObject("spec").get(list);
            assertThat(rendered.getAsJsonObject("spec").get(list)).isEqualTo(want);
        }
    }

    @ParameterizedTest
    @CsvSource({"memory=200Mi, {}", "memory=70Mi memory-limit=90Mi, {memory=90Mi}", "cpu-limit=2, '{cpu=2, memory=128Mi}'",
        "memory-limit=200Mi, {memory=200Mi}"})
    void shouldNotAskForMoreThanTheLimit(String said, String limits) {
        Map<String, String> annotations = new TreeMap<>();
        for (String each : said.split(" ")) {
            annotations.put("sockway.io/" + each.split("=")[0], each.split("=")[1]);
        }
        PodSpec spec = Strict.read(render(annotations).get("spec"), PodSpec.class);
        ResourceRequirements resources = spec.getInitContainers().stream().filter(each -> each.getName().equals("sockway"))
                .map(Container::getResources).findFirst().orElseThrow();
        assertThat(resources.getLimits() == null ? "{}" : new TreeMap<>(resources.getLimits()).toString()).isEqualTo(limits);
    }
}
