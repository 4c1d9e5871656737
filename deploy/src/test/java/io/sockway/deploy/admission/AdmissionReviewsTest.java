package io.sockway.deploy.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionReview;
import io.fabric8.zjsonpatch.JsonPatch;
import io.sockway.deploy.admission.AdmissionReviews.Decision;
import io.sockway.deploy.admission.AdmissionReviews.Scope;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.testing.Injection;
import io.sockway.deploy.testing.Strict;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdmissionReviewsTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final AdmissionReviews reviews = new AdmissionReviews(Injection.injector(SidecarKind.AUTO), false);

    /** A review as the API server sends it. */
    private static JsonObject review(JsonElement pod) {
        JsonObject review = JsonParser.parseString("""
                {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002",
                "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
                "requestKind":{"group":"","version":"v1","kind":"Pod"},"requestResource":{"group":"","version":"v1","resource":"pods"},
                "namespace":"default","operation":"CREATE","userInfo":{"username":"system:serviceaccount:kube-system:replicaset-controller",
                "uid":"x","groups":["system:serviceaccounts"]},"oldObject":null,"dryRun":false,
                "options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}""").getAsJsonObject();
        review.getAsJsonObject("request").add("object", pod);
        return review;
    }

    private static JsonObject pod(String yaml) {
        JsonObject pod = Strict.document(yaml);
        return pod.get("kind") != null && pod.get("kind").getAsString().equals("Deployment")
                ? pod.getAsJsonObject("spec").getAsJsonObject("template") : pod;
    }

    private AdmissionReviews.Answer answer(JsonObject review, Scope scope) {
        return reviews.answer(review.toString().getBytes(StandardCharsets.UTF_8), scope);
    }

    private static JsonObject response(AdmissionReviews.Answer answer) {
        JsonObject review = JsonParser.parseString(new String(answer.body(), StandardCharsets.UTF_8)).getAsJsonObject();
        assertThat(Strict.unknownFields(Strict.read(review, AdmissionReview.class))).isEmpty();
        JsonObject response = review.getAsJsonObject("response");
        assertThat(response.get("uid").getAsString()).isEqualTo("705ab4f5-6393-11e8-b7cc-42010a800002");
        return response;
    }

    /** What an independent implementation of RFC 6902 makes of the patch. */
    private static JsonObject patched(JsonObject pod, JsonObject response) {
        assertThat(response.get("patchType").getAsString()).isEqualTo("JSONPatch");
        JsonNode patch = MAPPER.readTree(Base64.getDecoder().decode(response.get("patch").getAsString()));
        return JsonParser.parseString(JsonPatch.apply(patch, MAPPER.readTree(pod.toString())).toString()).getAsJsonObject();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello.yaml", "hello.yaml.injected", "native-sidecar.yaml.injected", "hello-old-version.yaml.injected",
        "gateway.yaml.injected", "multi-container.yaml.injected"})
    void shouldPatchPodsBeforeAndAfterIstio(String name) {
        JsonObject pod = pod(Injection.istio(name));
        AdmissionReviews.Answer answer = answer(review(pod), Scope.NAMESPACE);
        assertThat(answer.decision()).isEqualTo(Decision.INJECTED);
        JsonObject after = patched(pod, response(answer));
        assertThat(Strict.unknownPodFields(after)).isEmpty();
        PodSpec spec = Strict.read(after.get("spec"), PodSpec.class);
        assertThat(spec.getInitContainers()).extracting(Container::getName).contains("sockway-attach");
        // The second call of a reinvocation finds its own work.
        AdmissionReviews.Answer again = answer(review(after), Scope.NAMESPACE);
        assertThat(again.decision()).isEqualTo(Decision.LEFT);
        assertThat(response(again).has("patch")).isFalse();
    }

    @Test
    void shouldAnswerADryRunAsARealOne() {
        JsonObject pod = pod(Injection.istio("hello.yaml"));
        JsonObject dry = review(pod);
        dry.getAsJsonObject("request").addProperty("dryRun", true);
        assertThat(response(answer(dry, Scope.NAMESPACE))).isEqualTo(response(answer(review(pod), Scope.NAMESPACE)));
    }

    @Test
    void shouldPatchAPodOfThousandsOfVariables() {
        JsonObject pod = pod(Injection.istio("hello.yaml"));
        JsonArray variables = new JsonArray();
        for (int i = 0; i < 20_000; i++) {
            variables.add(JsonParser.parseString("{\"name\":\"V" + i + "\",\"value\":\"" + "x".repeat(40) + "\"}"));
        }
        pod.getAsJsonObject("spec").getAsJsonArray("containers").get(0).getAsJsonObject().add("env", variables);
        assertThat(patched(pod, response(answer(review(pod), Scope.NAMESPACE))).getAsJsonObject("spec").has("volumes")).isTrue();
    }

    @Test
    void shouldStartAPodWithWrongAnnotationsWithoutSockwayAndWarn() {
        String yaml = "{metadata: {annotations: {sockway.io/inject: \"true\", sockway.io/excude-ports: \"1\"}}, spec: {containers: "
                + "[{name: a}]}}";
        JsonObject response = response(answer(review(pod(yaml)), Scope.POD));
        assertThat(response.get("allowed").getAsBoolean()).isTrue();
        assertThat(response.getAsJsonArray("warnings").get(0).getAsString()).contains("did you mean 'sockway.io/exclude-ports'?");
        JsonObject required = response(answer(review(pod(yaml.replace("sockway.io/inject",
                "sockway.io/required: \"true\", sockway.io/inject"))),
                Scope.POD));
        assertThat(required.get("allowed").getAsBoolean()).isFalse();
        assertThat(required.getAsJsonObject("status").get("message").getAsString()).contains("exclude-ports");
        AdmissionReviews strict = new AdmissionReviews(Injection.injector(SidecarKind.AUTO), true);
        assertThat(strict.answer(review(pod(yaml)).toString().getBytes(StandardCharsets.UTF_8), Scope.POD).decision())
                .isEqualTo(Decision.DENIED);
    }

    @Test
    void shouldSayWhatSameNodeSkips() {
        String yaml = "{metadata: {annotations: {sockway.io/same-node: \"on\"}}, spec: {containers: [{name: a}]}}";
        JsonObject response = response(answer(review(pod(yaml)), Scope.NAMESPACE));
        assertThat(response.has("patch")).isTrue();
        assertThat(response.getAsJsonArray("warnings").get(0).getAsString()).startsWith("sockway.io/same-node: bytes")
                .contains("skip the veth");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{metadata: {name: \"x\\npod kube-system/y: injected\"}, spec: {containers: [{name: a}]}}",
        "{metadata: {generateName: \"x\\r\\npod kube-system/y: injected\"}, spec: {containers: [{name: a}]}}",
        "{metadata: {annotations: {sockway.io/inject: \"x\\u2028pod kube-system/y: injected\"}}, spec: {containers: [{name: a}]}}",
        "{metadata: {annotations: {sockway.io/inject: \"x\\e[2Jpod kube-system/y: injected\"}}, spec: {containers: [{name: a}]}}"})
    void shouldSumUpOnOneLineWhateverAPodIsCalled(String yaml) {
        String summary = answer(review(pod(yaml)), Scope.NAMESPACE).summary();
        assertThat(summary).contains("pod kube-system/y: injected").startsWith("pod default/").doesNotContainPattern("[\\p{C}\\p{Zl}]");
        JsonObject update = review(pod(yaml));
        update.getAsJsonObject("request").addProperty("operation", "UPDATE\npod kube-system/y: injected");
        assertThat(answer(update, Scope.NAMESPACE).summary()).startsWith("UPDATE?pod");
    }

    @Test
    void shouldCutALongSummary() {
        String yaml = "{metadata: {name: " + "x".repeat(5000) + "}, spec: {containers: [{name: a}]}}";
        assertThat(answer(review(pod(yaml)), Scope.NAMESPACE).summary()).hasSize(1024).endsWith("...");
    }

    @Test
    void shouldSayOnOneLineWhyAReviewIsNone() {
        byte[] body = "{\"kind\": \"x\\npod kube-system/y: injected\"}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> reviews.answer(body, Scope.POD)).isInstanceOf(MalformedReviewException.class)
                .hasMessageContaining("x?pod kube-system");
    }

    @Test
    void shouldWarnWhereTheNamespaceForbidsIt() {
        String yaml = "{metadata: {annotations: {sockway.io/inject: \"true\"}}, spec: {containers: [{name: a}]}}";
        JsonObject response = response(answer(review(pod(yaml)), Scope.FORBIDDEN));
        assertThat(response.get("allowed").getAsBoolean()).isTrue();
        assertThat(response.has("patch")).isFalse();
        assertThat(response.getAsJsonArray("warnings").get(0).getAsString()).contains("PodSecurity");
        String silent = "{spec: {containers: [{name: a}]}}";
        assertThat(response(answer(review(pod(silent)), Scope.FORBIDDEN)).has("warnings")).isFalse();
        assertThat(response(answer(review(pod(silent)), Scope.FORBIDDEN_NAMESPACE)).getAsJsonArray("warnings").get(0).getAsString())
                .contains("PodSecurity");
        assertThat(response(answer(review(pod(yaml.replace("true", "false"))), Scope.FORBIDDEN_NAMESPACE)).has("warnings")).isFalse();
    }

    @Test
    void shouldLeaveAllButTheCreationOfPods() {
        JsonObject update = review(pod(Injection.istio("hello.yaml")));
        update.getAsJsonObject("request").addProperty("operation", "UPDATE");
        update.getAsJsonObject("request").addProperty("subResource", "ephemeralcontainers");
        assertThat(answer(update, Scope.NAMESPACE).decision()).isEqualTo(Decision.LEFT);
        JsonObject other = review(pod(Injection.istio("hello.yaml")));
        other.getAsJsonObject("request").getAsJsonObject("kind").addProperty("kind", "ConfigMap");
        assertThat(answer(other, Scope.NAMESPACE).decision()).isEqualTo(Decision.LEFT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "[]", "null", "{\"a\":1", "{}{}", "{\"apiVersion\":\"admission.k8s.io/v1beta1\","
            + "\"kind\":\"AdmissionReview\"}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":7}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\",\"operation\":\"CREATE\","
        + "\"kind\":{\"kind\":\"Pod\"},\"object\":null}}"})
    void shouldSayWhatIsWrongWithAMalformedReview(String body) {
        assertThatThrownBy(() -> reviews.answer(body.getBytes(StandardCharsets.UTF_8), Scope.POD)).isInstanceOf(
                MalformedReviewException.class);
    }

    @Test
    void shouldRefuseWhatIsNotUtf8AndSurviveDeepNesting() {
        assertThatThrownBy(() -> reviews.answer(new byte[] {'"', (byte) 0xff, '"'}, Scope.POD)).hasMessageContaining("UTF-8");
        byte[] deep = "[".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> reviews.answer(deep, Scope.POD)).isInstanceOf(MalformedReviewException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s]", "{\"a\":[%s]}", "{\"request\":{\"object\":{\"spec\":{\"containers\":[%s]}}}}"})
    void shouldRefuseWhatIsTooLargeAsATree(String around) {
        for (String value : List.of("0", "{}", "[]", "null", "true", "\"\"")) {
            byte[] body = around.formatted(value + ("," + value).repeat(CountingReader.MAX_VALUES)).getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> reviews.answer(body, Scope.POD)).as(value).isInstanceOf(MalformedReviewException.class)
                    .hasMessage("the review has more than 250000 values, and no pod has so many");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE", "CONNECT", "UPDATE", ""})
    void shouldLeaveOtherOperationsWhichMayHaveNoObject(String operation) {
        JsonObject review = review(JsonNull.INSTANCE);
        review.getAsJsonObject("request").addProperty("operation", operation);
        assertThat(response(answer(review, Scope.NAMESPACE)).get("allowed").getAsBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sockway.io/status: \"[]\"", "sockway.io/status: '{\"containers\":[{}]}'",
        "sockway.io/status: '{\"containers\":null}'", "sockway.io/status: \"\"", "a/b~c: \"~1/~0\"",
        "sockway.io/telemetry: \"on\", proxy.istio.io/config: \"# none\""})
    void shouldInjectWhateverAnnotationsSayThatAreNotOurs(String annotation) {
        JsonObject pod = pod("{metadata: {annotations: {" + annotation + "}}, spec: {containers: [{name: a}]}}");
        JsonObject after = patched(pod, response(answer(review(pod), Scope.NAMESPACE)));
        assertThat(after.getAsJsonObject("metadata").getAsJsonObject("annotations").keySet()).contains("sockway.io/status")
                .containsAll(pod.getAsJsonObject("metadata").getAsJsonObject("annotations").keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- "})
    void shouldRefuseProxyConfigurationWithoutEndNotTheConnection(String nested) {
        JsonObject pod = pod("{metadata: {annotations: {sockway.io/telemetry: \"on\"}}, spec: {containers: [{name: a}]}}");
        pod.getAsJsonObject("metadata").getAsJsonObject("annotations").addProperty("proxy.istio.io/config", nested.repeat(100_000));
        assertThat(response(answer(review(pod), Scope.NAMESPACE)).getAsJsonArray("warnings").get(0).getAsString()).isEqualTo(
                "Sockway is not injected: proxy.istio.io/config is no map, so that the telemetry folder cannot be added to it");
    }

    @Test
    void shouldTakeNoLongerForAnnotationsThatAreHuge() {
        JsonObject pod = pod("{metadata: {annotations: {}}, spec: {containers: [{name: a}]}}");
        JsonObject annotations = pod.getAsJsonObject("metadata").getAsJsonObject("annotations");
        annotations.addProperty("sockway.io/" + "x".repeat(1 << 20), "");
        annotations.addProperty("sockway.io/memory", "9".repeat(1 << 20));
        annotations.addProperty("sockway.io/acceleration", "on\n".repeat(1 << 18));
        String warning = response(answer(review(pod), Scope.NAMESPACE)).getAsJsonArray("warnings").get(0).getAsString();
        assertThat(warning).startsWith("Sockway is not injected: ").hasSize(256).doesNotContain("\n");
    }

    @Test
    void shouldInjectAPodOfAHundredContainers() {
        JsonObject pod = pod("{metadata: {generateName: p-}, spec: {restartPolicy: Never, containers: [], initContainers: [], "
                + "ephemeralContainers: [{name: sockway-3}]}}");
        for (String list : List.of("containers", "initContainers")) {
            for (int i = 0; i < 100; i++) {
                pod.getAsJsonObject("spec").getAsJsonArray(list).add(JsonParser.parseString("{\"name\":\"" + list.charAt(0) + i + "\","
                        + "\"ports\":[{\"containerPort\":" + (15900 + i) + "}]"
                        + (list.equals("containers") ? "" : ",\"restartPolicy\":\"Always\"") + "}"));
            }
        }
        pod.getAsJsonObject("spec").getAsJsonArray("containers").get(50).getAsJsonObject().addProperty("name", "sockway");
        pod.getAsJsonObject("spec").getAsJsonArray("initContainers").get(50).getAsJsonObject().addProperty("name", "sockway-2");
        JsonObject after = patched(pod, response(answer(review(pod), Scope.NAMESPACE)));
        PodSpec spec = Strict.read(after.get("spec"), PodSpec.class);
        assertThat(spec.getContainers()).hasSize(100);
        assertThat(spec.getInitContainers()).hasSize(102).extracting(Container::getName).startsWith("sockway-attach", "sockway-4");
        assertThat(spec.getInitContainers().get(1).getPorts().getFirst().getContainerPort()).isEqualTo(16000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{spec: 1}", "{metadata: [], spec: {containers: {}}}",
            "{spec: {containers: [1, null, {name: 2, ports: [3]}], volumes: x}}",
        "{metadata: {annotations: null, labels: 1}, spec: {containers: [{name: a, ports: 1}], initContainers: null}}"})
    void shouldAnswerForPodsThatMakeNoSense(String pod) {
        assertThat(answer(review(pod(pod)), Scope.NAMESPACE)).isNotNull();
    }
}
