package io.sockway.deploy.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.sockway.deploy.inject.Outcome;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.testing.Injection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Dockerfile, without an engine: what it refers to is there, and it fits the pod template. */
class DockerfileTest {
    private static final Path CONTEXT = Path.of("..");
    private static final Path FILE = Path.of("image/Dockerfile");
    private static final Pattern PINNED = Pattern.compile("[a-z0-9./-]+(:\\d+\\.\\d+\\.\\d+[A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})");

    /** Stage -> its instructions; those before the first FROM are under the empty name. */
    private final Map<String, List<String>> stages = new HashMap<>();

    @BeforeEach
    void read() throws IOException {
        String text = Files.readString(FILE).replaceAll("(?m)^#.*\\R", "").replaceAll("\\\\\\R", " ");
        String stage = "";
        for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
            Matcher from = Pattern.compile("FROM (\\S+) AS (\\S+)").matcher(line);
            if (from.matches()) {
                stage = from.group(2);
                assertThat(stages).doesNotContainKey(stage);
            }
            stages.computeIfAbsent(stage, _ -> new ArrayList<>()).add(line);
        }
    }

    private List<String> arguments(String stage, String instruction) {
        return stages.get(stage).stream().filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length() + 1)).toList();
    }

    @Test
    void shouldStartFromPinnedImagesAndOwnStages() {
        assertThat(arguments("", "ARG")).singleElement().asString().satisfies(builder ->
                assertThat(builder.substring("BUILDER=".length())).matches(PINNED));
        assertThat(arguments("build", "FROM")).containsExactly("${BUILDER} AS build");
        assertThat(arguments("attach", "FROM")).containsExactly("scratch AS attach");
        assertThat(arguments("serve", "FROM")).containsExactly("scratch AS serve");
    }

    @Test
    void shouldCopyAndRunOnlyWhatIsThere() throws IOException {
        assertThat(arguments("build", "COPY")).containsExactly(". /src");
        List<String> ignored = Files.readAllLines(CONTEXT.resolve(".dockerignore"));
        for (String needed : List.of("pom.xml", "deploy/image/build-root", "deploy/image/train", "build/find-jdk")) {
            assertThat(CONTEXT.resolve(needed)).exists();
            assertThat(ignored).noneMatch(each -> needed.equals(each) || needed.startsWith(each + "/"));
        }
        String run = String.join(" && ", arguments("build", "RUN"));
        Matcher script = Pattern.compile("(deploy/\\S+) (\\S+) (/\\S+)").matcher(run);
        Map<String, String> made = new HashMap<>();
        while (script.find()) {
            assertThat(CONTEXT.resolve(script.group(1))).isExecutable();
            made.put(script.group(2), script.group(3));
        }
        assertThat(made).containsOnlyKeys("attach", "serve");
        made.forEach((stage, folder) -> assertThat(arguments(stage, "COPY")).containsExactly("--from=build " + folder + " /"));
    }

    @Test
    void shouldFitThePodTemplate() {
        JsonObject pod = JsonParser.parseString("{\"metadata\": {\"annotations\": {\"sockway.io/telemetry\": \"on\"}}, \"spec\": "
                + "{\"containers\": [{\"name\": \"a\"}]}}").getAsJsonObject();
        ((Outcome.Injected) Injection.injector(SidecarKind.NATIVE).inject(pod, true)).edits().forEach(edit -> edit.apply(pod));
        JsonArray containers = pod.getAsJsonObject("spec").getAsJsonArray("initContainers");
        for (String stage : List.of("attach", "serve")) {
            JsonObject container = containers.get(stage.equals("attach") ? 0 : 1).getAsJsonObject();
            JsonObject context = container.getAsJsonObject("securityContext");
            assertThat(arguments(stage, "USER")).containsExactly(context.get("runAsUser") + ":" + context.get("runAsGroup"));
            JsonArray entry = JsonParser.parseString(arguments(stage, "ENTRYPOINT").getFirst()).getAsJsonArray();
            assertThat(Arrays.asList("/opt/java/bin/java", "@/opt/sockway/jvm.options")).isEqualTo(
                    entry.asList().stream().limit(2).map(each -> each.getAsString()).toList());
            if (container.has("command")) {
                assertThat(container.getAsJsonArray("command").get(0)).isEqualTo(entry.get(0));
            }
        }
    }
}
