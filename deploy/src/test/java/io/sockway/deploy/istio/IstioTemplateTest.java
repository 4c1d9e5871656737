package io.sockway.deploy.istio;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.sockway.deploy.inject.Outcome;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.testing.Injection;
import io.sockway.deploy.testing.Strict;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class IstioTemplateTest {
    private static final Pattern ANNOTATION = Pattern.compile("\\{\\{ annotation \\.ObjectMeta `[^`]*` `([^`]*)` }}");

    @Test
    void shouldGiveWhatTheInjectorGivesToAPodThatSaysNothing() {
        String template = Strict.document(IstioTemplate.values(Injection.options(SidecarKind.AUTO)))
                .getAsJsonObject("sidecarInjectorWebhook")
                .getAsJsonObject("templates").get("sockway").getAsString();
        JsonObject rendered = Strict.document(ANNOTATION.matcher(template).replaceAll("$1"));
        assertThat(rendered.toString()).doesNotContain("{{");
        assertThat(Strict.unknownPodFields(rendered)).isEmpty();

        JsonObject pod = Strict.document("{metadata: {name: p}, spec: {containers: [{name: a}]}}");
        ((Outcome.Injected) Injection.injector(SidecarKind.AUTO).inject(pod, true)).edits().forEach(edit -> edit.apply(pod));
        for (String list : new String[] {"initContainers", "volumes"}) {
            JsonElement want = pod.getAsJsonObject("spec").get(list);
            assertThat(rendered.getAsJsonObject("spec").get(list)).isEqualTo(want);
        }
    }
}
