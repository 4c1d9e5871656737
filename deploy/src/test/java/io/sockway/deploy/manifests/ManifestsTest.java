package io.sockway.deploy.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.sockway.deploy.testing.Strict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every manifest of this module, against Kubernetes' types. */
class ManifestsTest {
    private static final Map<String, Class<?>> TYPES = Map.ofEntries(Map.entry("v1/Namespace", Namespace.class),
            Map.entry("v1/Service", Service.class), Map.entry("v1/ServiceAccount", ServiceAccount.class),
            Map.entry("apps/v1/Deployment", Deployment.class), Map.entry("apps/v1/DaemonSet", DaemonSet.class),
            Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
            Map.entry("rbac.authorization.k8s.io/v1/ClusterRole", ClusterRole.class),
            Map.entry("rbac.authorization.k8s.io/v1/ClusterRoleBinding", ClusterRoleBinding.class),
            Map.entry("admissionregistration.k8s.io/v1/MutatingWebhookConfiguration", MutatingWebhookConfiguration.class));
    /** Kinds that are not Kubernetes' own. */
    private static final List<String> OTHERS = List.of("cert-manager.io/v1/Issuer", "cert-manager.io/v1/Certificate",
            "monitoring.coreos.com/v1/PodMonitor", "networking.istio.io/v1alpha3/EnvoyFilter",
            "kustomize.config.k8s.io/v1beta1/Kustomization");
    private static final Path CHART = Path.of("helm/sockway");

    static List<Path> manifests() {
        List<Path> found = new ArrayList<>();
        for (String folder : new String[] {"kustomize", "monitoring", "telemetry", "node"}) {
            if (Files.isDirectory(Path.of(folder))) {
                try (Stream<Path> all = Files.walk(Path.of(folder))) {
                    all.filter(each -> each.toString().endsWith(".yaml")).forEach(found::add);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return found;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String kind(JsonObject document) {
        return document.get("apiVersion").getAsString() + "/" + document.get("kind").getAsString();
    }

    private static void check(JsonObject document) {
        Class<?> type = TYPES.get(kind(document));
        if (type == null) {
            assertThat(OTHERS).contains(kind(document));
        } else {
            assertThat(Strict.unknownFields(Strict.read(document, type))).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void shouldHaveNoFieldThatKubernetesDoesNotKnow(Path manifest) {
        Strict.documents(read(manifest)).forEach(ManifestsTest::check);
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void shouldHaveNoBooleanWhereKubernetesWantsALabel(Path manifest) {
        Strict.documents(read(manifest)).forEach(document -> strings(document, ""));
    }

    private static void strings(JsonElement element, String path) {
        if (element instanceof JsonObject object) {
            object.entrySet().forEach(each -> {
                if (List.of("labels", "annotations", "matchLabels").contains(each.getKey()) && each.getValue() instanceof JsonObject map) {
                    map.entrySet().forEach(label -> assertThat(label.getValue().getAsJsonPrimitive().isString())
                            .as(path + "." + label.getKey()).isTrue());
                }
                strings(each.getValue(), path + "." + each.getKey());
            });
        } else if (element instanceof JsonArray array) {
            array.forEach(each -> strings(each, path));
        }
    }

    @Test
    void shouldKeepNoPodFromStarting() {
        MutatingWebhookConfiguration configuration = Strict.read(Strict.document(read(Path.of("kustomize/base/mutating-webhook.yaml"))),
                MutatingWebhookConfiguration.class);
        assertThat(configuration.getWebhooks()).hasSize(4).allSatisfy(webhook -> {
            assertThat(webhook.getFailurePolicy()).isEqualTo("Ignore");
            assertThat(webhook.getSideEffects()).isEqualTo("None");
            assertThat(webhook.getTimeoutSeconds()).isLessThanOrEqualTo(10);
        });
        assertThat(configuration.getWebhooks()).extracting(MutatingWebhook::getName).doesNotHaveDuplicates();
        assertThat(read(Path.of("kustomize/overlays/self-managed-ca/make-ca"))).as("each gets the authority").contains("for i in 0 1 2 3;");
    }

    @Test
    void shouldRunTheWebhookAsTheRestrictedLevelWants() {
        Deployment webhook = Strict.documents(read(Path.of("kustomize/base/webhook.yaml"))).stream()
                .filter(each -> kind(each).endsWith("Deployment")).map(each -> Strict.read(each, Deployment.class)).findFirst()
                .orElseThrow();
        var pod = webhook.getSpec().getTemplate().getSpec();
        var container = pod.getContainers().getFirst().getSecurityContext();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(container.getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getCapabilities().getAdd()).isEmpty();
    }

    /** The chart uses nothing of Helm's language but values, and 'if' on lines of their own. */
    @Test
    void shouldRenderTheChartToWhatKustomizeHas() throws IOException {
        JsonObject values = Strict.document(read(CHART.resolve("values.yaml")));
        List<JsonObject> rendered = rendered(values);
        List<JsonObject> kustomize = new ArrayList<>();
        for (String file : new String[] {"base/webhook.yaml", "base/network-policy.yaml", "base/mutating-webhook.yaml",
            "overlays/cert-manager/certificate.yaml"}) {
            kustomize.addAll(Strict.documents(read(Path.of("kustomize", file))));
        }
        kustomize.stream().filter(each -> kind(each).endsWith("MutatingWebhookConfiguration")).forEach(each -> {
            JsonObject annotations = new JsonObject();
            annotations.addProperty("cert-manager.io/inject-ca-from", "sockway-system/sockway-webhook");
            each.getAsJsonObject("metadata").add("annotations", annotations);
        });
        assertThat(sorted(rendered)).isEqualTo(sorted(kustomize));
    }

    @Test
    void shouldRenderTheChartWithEveryChoice() throws IOException {
        JsonObject values = Strict.document(read(CHART.resolve("values.yaml")));
        values.addProperty("certificate", "secret");
        values.addProperty("caBundle", "QUJD");
        values.addProperty("denyInvalid", true);
        values.addProperty("failurePolicy", "Fail");
        List<JsonObject> rendered = rendered(values);
        rendered.forEach(ManifestsTest::check);
        assertThat(rendered.toString()).contains("--deny-invalid", "\"caBundle\":\"QUJD\"", "\"failurePolicy\":\"Fail\"")
                .doesNotContain("cert-manager");
        JsonObject schema = JsonParser.parseString(read(CHART.resolve("values.schema.json"))).getAsJsonObject();
        assertThat(schema.getAsJsonObject("properties").keySet()).containsAll(values.keySet());
    }

    private static List<JsonObject> sorted(List<JsonObject> documents) {
        return documents.stream().sorted(Comparator.comparing(each -> each.get("kind").getAsString())).toList();
    }

    private static List<JsonObject> rendered(JsonObject values) throws IOException {
        List<JsonObject> documents = new ArrayList<>();
        try (Stream<Path> templates = Files.list(CHART.resolve("templates"))) {
            templates.sorted().forEach(each -> documents.addAll(Strict.documents(render(read(each), values))));
        }
        return documents;
    }

    private static String render(String template, JsonObject values) {
        StringBuilder out = new StringBuilder();
        Deque<Boolean> shown = new ArrayDeque<>(List.of(true));
        for (String line : template.lines().toList()) {
            Matcher condition = Pattern.compile("\\s*\\{\\{- if (?:eq \\.Values\\.(\\w+) \"([^\"]*)\"|\\.Values\\.(\\w+)) }}").matcher(
                    line);
            if (condition.matches()) {
                boolean holds = condition.group(1) == null ? values.get(condition.group(3)).getAsBoolean()
                        : values.get(condition.group(1)).getAsString().equals(condition.group(2));
                shown.push(shown.peek() && holds);
            } else if (line.strip().equals("{{- end }}")) {
                shown.pop();
            } else if (shown.peek()) {
                out.append(Pattern.compile("\\{\\{ \\.Values\\.(\\w+) }}").matcher(line.replace("{{ .Release.Namespace }}",
                        "sockway-system"))
                        .replaceAll(found -> Matcher.quoteReplacement(values.get(found.group(1)).getAsString()))).append('\n');
            }
        }
        assertThat(out.toString()).doesNotContain("{{");
        return out.toString();
    }

    @Test
    void shouldAskInTheDashboardForMetricsThatThereAre() {
        String metrics = read(Path.of("../sidecar/src/main/java/io/sockway/sidecar/admin/Metrics.java"))
                + read(Path.of("../sidecar/src/main/java/io/sockway/sidecar/admin/AcceleratorMeters.java"))
                + read(Path.of("../sidecar/src/main/java/io/sockway/sidecar/webhook/Tally.java"));
        Matcher used = Pattern.compile("sockway_([a-z_]+)").matcher(read(Path.of("monitoring/grafana-dashboard.json")));
        int count = 0;
        while (used.find()) {
            String name = used.group(1).replaceAll("_total$", "");
            assertThat(metrics.replace('.', '_')).as(used.group()).contains(name);
            count++;
        }
        assertThat(count).isGreaterThan(10);
    }
}
