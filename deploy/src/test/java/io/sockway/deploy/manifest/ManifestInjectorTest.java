package io.sockway.deploy.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KubernetesList;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.sockway.deploy.inject.SidecarKind;
import io.sockway.deploy.testing.Injection;
import io.sockway.deploy.testing.Strict;
import io.sockway.deploy.yaml.YamlException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestInjectorTest {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: p
            spec:
              containers:
              - name: app
                image: app:1
            """;

    private final ManifestInjector injector = new ManifestInjector(Injection.injector(SidecarKind.AUTO));

    private String inject(String text) {
        ManifestInjector.Result result = injector.inject("test.yaml", text);
        assertThat(result.problems()).isEmpty();
        return result.text();
    }

    private static List<String> initNames(PodSpec spec) {
        return spec.getInitContainers().stream().map(Container::getName).toList();
    }

    /** Every line of the input is there, in its order, and nothing but additions. */
    private static void assertOnlyAdditions(String before, String after) {
        List<String> lines = after.lines().toList();
        int at = 0;
        for (String line : before.lines().toList()) {
            while (at < lines.size() && !lines.get(at).equals(line)) {
                at++;
            }
            assertThat(at).as("line lost or changed: " + line).isLessThan(lines.size());
            at++;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello.yaml", "list.yaml", "custom-template.yaml", "hello.yaml.injected", "statefulset.yaml.injected",
        "multi-container.yaml.injected", "cronjob.yaml.injected", "gateway.yaml.injected", "native-sidecar.yaml.injected"})
    void shouldOnlyAddLinesToIstiosExamplesAndNothingTheSecondTime(String name) {
        String before = Injection.istio(name);
        String after = inject(before);
        assertThat(after).isNotEqualTo(before);
        assertOnlyAdditions(before.replace("        metadata: {}\n", ""), after);
        assertThat(inject(after)).isEqualTo(after);
    }

    @Test
    void shouldLeaveNoFieldThatKubernetesDoesNotKnow() {
        Deployment deployment = Strict.read(Strict.document(inject(Injection.istio("hello.yaml"))), Deployment.class);
        assertThat(Strict.unknownFields(deployment)).isEmpty();
        CronJob job = Strict.read(Strict.document(inject(Injection.istio("cronjob.yaml.injected"))), CronJob.class);
        assertThat(Strict.unknownFields(job)).isEmpty();
        assertThat(initNames(job.getSpec().getJobTemplate().getSpec().getTemplate().getSpec())).contains("sockway-attach");
        KubernetesList list = Strict.read(Strict.document(inject(Injection.istio("list.yaml"))), KubernetesList.class);
        assertThat(list.getItems()).hasSize(2).allSatisfy(item -> assertThat(Strict.unknownFields(item)).isEmpty());
    }

    @Test
    void shouldGoAfterIstiosContainersAndBeforeTheApplications() {
        String before = Injection.istio("native-sidecar.yaml.injected");
        JsonObject pod = Strict.document(inject(before));
        assertThat(Strict.unknownPodFields(pod)).isEmpty();
        PodSpec spec = Strict.read(pod.get("spec"), PodSpec.class);
        assertThat(initNames(spec)).containsExactly("istio-init", "istio-proxy", "sockway-attach", "sockway", "other-sidecar");
        assertThat(spec.getInitContainers().get(3).getRestartPolicy()).isEqualTo("Always");
        assertThat(spec.getContainers()).hasSize(1);
    }

    @Test
    void shouldBeClassicWhereIstioIs() {
        Deployment deployment = Strict.read(Strict.document(inject(Injection.istio("hello-old-version.yaml.injected"))), Deployment.class);
        PodSpec spec = deployment.getSpec().getTemplate().getSpec();
        assertThat(initNames(spec)).contains("sockway-attach").doesNotContain("sockway");
        assertThat(spec.getContainers().getLast().getName()).isEqualTo("sockway");
        assertThat(spec.getContainers().getLast().getRestartPolicy()).isNull();
    }

    @Test
    void shouldPassOtherDocumentsThroughToTheByte() {
        String other = "# nothing here\r\napiVersion: v1\nkind:   ConfigMap   # spaces\nmetadata: {name: 'é 🎉', labels: {}}\n\n\ndata:\n"
                + "  on: \"x\"\n  text: |+\n    a\n\n---\n---\nkind: Pod\n--- \n[1, 2]\n...\n";
        assertThat(injector.inject("test", other).text()).isEqualTo(other);
        assertThat(injector.inject("test", "").text()).isEmpty();
        String mixed = other + "---\n" + POD + "--- # last\n" + other.substring(0, 10);
        assertThat(inject(mixed)).startsWith(other + "---\n").endsWith("--- # last\n# nothing ");
    }

    @Test
    void shouldKeepCommentsWhereTheyBelong() {
        String before = """
                # head
                apiVersion: apps/v1 # version
                kind: Deployment
                metadata:
                  name: d
                spec:
                  template:
                    metadata:
                      # about annotations
                      annotations:
                        # about a
                        a: "1" # why
                        # after a
                      # about labels
                      labels: {app: x}
                    spec:
                      # all init containers
                      initContainers: # first
                        # this one migrates
                        - name: migrate
                          image: m:1
                          command:
                            - sh
                            - |
                              echo a
                              # no comment
                        # end of list
                      # the containers
                      containers:
                        - name: app # main
                          image: app:1
                      # about volumes
                      volumes: []   # none yet
                # tail
                """;
        String after = inject(before);
        assertThat(Strict.unknownFields(Strict.read(Strict.document(after), Deployment.class))).isEmpty();
        assertOnlyAdditions(before.replace("      volumes: []   # none yet\n", ""), after);
        assertThat(after).contains("# this one migrates\n        - name: migrate").contains("]   # none yet").endsWith("# tail\n")
                .contains("initContainers: # first\n        - name: sockway-attach");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"annotations\":{}},\"spec\":{"
            + "\"containers\":[{\"name\":\"a\",\"image\":\"a\"}],\"volumes\":null}}", """
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": "p",
                    "annotations": {
                        "a": "b"
                    }
                },
                "spec": {
                    "initContainers": [
                        {
                            "name": "i",
                            "image": "i"
                        }
                    ],
                    "containers": [
                        {
                            "name": "a",
                            "image": "a"
                        }
                    ],
                    "volumes": [
                        {
                            "name": "v"
                        }
                    ]
                }
            }
            """})
    void shouldKeepJsonJson(String before) {
        String after = inject(before);
        JsonObject pod = JsonParser.parseString(after).getAsJsonObject();
        assertThat(Strict.unknownPodFields(pod)).isEmpty();
        assertThat(pod.getAsJsonObject("spec").getAsJsonArray("initContainers").toString()).contains("sockway-attach");
        assertThat(inject(after)).isEqualTo(after);
        if (before.contains("\n")) {
            assertThat(after).contains("\n            {\n                \"name\": \"sockway-attach\",\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: a}",
        "apiVersion: v1\nkind: Pod\nspec:\n    containers:\n        - name: a\n          args:\n            - |-\n              text",
        "kind: Pod\nspec:\n  volumes:\n  containers: [{name: a}, ]\n  initContainers: ~\nmetadata:\napiVersion: v1\n",
        "spec:\n  containers:\n  -\n    name: a\n    env:\n    - &e {name: x, value: y}\n    - *e\n  volumes:\n  - name: v\nkind: "
        + "Pod\napiVersion: v1",
        "apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: p\r\nspec:\r\n  containers:\r\n  - name: a\r\n    image: a\r\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {a: b}}\nspec: {containers: [{name: a}], volumes: [\n  {name: v} # "
        + "x\n  ]}\n",
        "apiVersion: v1\nkind: Pod\n\"metadata\": {\"name\": \"\uD83C\uDF89\"}\nspec:\n  \"containers\":\n  - name: a   # "
        + "\uD83C\uDF89\n\n\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  initContainers: &i # first\n  - &x\n    name: x\n  containers: !!seq\n    # b - a\n    - "
        + "name: a\n  volumes: &v\n    - name: v\n",
        "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\",\n\t\"spec\": {\n\t\t\"containers\": [\n"
        + " \t\t\t{\"name\": \"a\"}\n\t\t]\n\t}\n}\n",
        "---\n# c\napiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    x: >-\n      folded\n      text\n\n\n  name: p\nspec:\n  "
        + "containers:\n  - name: a\n"})
    void shouldEditYamlHoweverItIsWritten(String before) {
        String after = inject(before);
        JsonObject pod = Strict.document(after);
        PodSpec spec = Strict.read(pod.get("spec"), PodSpec.class);
        assertThat(initNames(spec)).contains("sockway-attach", "sockway");
        assertThat(spec.getContainers().getFirst().getName()).isEqualTo("a");
        assertThat(inject(after)).isEqualTo(after);
        if (before.contains("\r\n")) {
            assertThat(after.replace("\r\n", "")).doesNotContain("\n");
        }
    }

    /** An application of some size; minutes, if each edit went through the whole text. */
    @Test
    @Timeout(60)
    void shouldTakeAFileOfManyPods() {
        StringBuilder list = new StringBuilder("apiVersion: v1\nkind: List # \uD83C\uDF89\nitems:\n");
        for (int i = 0; i < 1500; i++) {
            list.append("- ").append(POD.replace("name: p\n", "name: p" + i + "\n").strip().replace("\n", "\n  ")).append('\n')
                    .append("    args:\n").append("    - some argument\n".repeat(40));
        }
        assertThat(injector.inject("test.yaml", list.toString()).injected()).hasSize(1500);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers: [{name: a}]\nmetadata:\n  name: b\n",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: &s\n    containers: [{name: a}]\n- apiVersion: v1\n"
        + "  kind: Pod\n  metadata: {annotations: {sockway.io/inject: \"false\"}}\n  spec: *s\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    args:\n    - |\n      no line end"})
    void shouldRefuseWhatWouldChangeMoreThanItAdds(String text) {
        assertThatThrownBy(() -> injector.inject("x.yaml", text)).isInstanceOf(YamlException.class)
                .hasMessageStartingWith("x.yaml: cannot be edited").hasMessageContaining("anchor");
    }

    @Test
    void shouldRefuseToEditAnAliasThatShowsInTwoPlaces() {
        String text = """
                apiVersion: v1
                kind: List
                items:
                - apiVersion: apps/v1
                  kind: Deployment
                  spec: {template: &t {spec: {containers: [{name: a}]}}}
                - apiVersion: apps/v1
                  kind: Deployment
                  spec: {template: *t}
                """;
        assertThatThrownBy(() -> injector.inject("x.yaml", text)).isInstanceOf(YamlException.class)
                .hasMessageStartingWith("x.yaml:6:").hasMessageContaining("alias");
    }

    @Test
    void shouldNameThePlaceOfWhatIsNoYaml() {
        assertThatThrownBy(() -> injector.inject("x.yaml", "a: b\nc: [d\ne: f: g\n")).isInstanceOf(YamlException.class)
                .hasMessageStartingWith("x.yaml:3:");
    }

    @Test
    void shouldNameWrongAnnotationsAndWhatWasMeant() {
        String typo = POD.replace("name: p\n", "name: p\n  annotations:\n    sockway.io/acceleratoin: \"on\"\n    sockway.io/same-node: "
                + "\"offf\"\n");
        assertThat(injector.inject("t", typo).problems()).singleElement().asString().startsWith("Pod/p: unknown annotation")
                .contains("did you mean 'sockway.io/acceleration'?").contains("sockway.io/same-node: 'offf'")
                .contains("did you mean 'off'?");
        String unquoted = POD.replace("name: p\n", "name: p\n  annotations:\n    sockway.io/acceleration: off\n");
        assertThat(injector.inject("t", unquoted).problems()).singleElement().asString().contains("put quotes around");
        String label = POD.replace("name: p\n", "name: p\n  labels: {sockway.io/inject: false}\n");
        assertThat(injector.inject("t", label).problems()).singleElement().asString().contains("label sockway.io/inject: not a string");
    }

    /** Kubernetes refuses such a pod; with a string of ours in its place it would not, and 8080 would be lost. */
    @Test
    void shouldNotPutItsOwnInThePlaceOfWhatIsNoString() {
        String number = POD.replace("name: p\n", "name: p\n  annotations:\n    traffic.sidecar.istio.io/excludeInboundPorts: 8080\n");
        assertThat(injector.inject("t", number).problems()).singleElement().asString()
                .startsWith("Pod/p: traffic.sidecar.istio.io/excludeInboundPorts: not a string");
        String not = number.replace("annotations:\n", "annotations:\n    sockway.io/inject: \"false\"\n");
        assertThat(injector.inject("t", not).problems()).isEmpty();
    }

    @Test
    void shouldSayWhereAnAnnotationBelongs() {
        String text = Injection.istio("hello.yaml").replaceFirst("name: hello\n",
                "name: hello\n  annotations: {sockway.io/inject: \"false\"}\n");
        ManifestInjector.Result result = injector.inject("t", text);
        assertThat(result.injected()).containsExactly("Deployment/hello");
        assertThat(result.notes()).singleElement().asString().contains("spec.template.metadata.annotations");
        String label = text.replace("annotations: {", "labels: {");
        assertThat(injector.inject("t", label).notes()).singleElement().asString().contains("is a label of the Deployment");
    }

    @Test
    void shouldWarnWhereTheNamespaceAmongTheDocumentsForbidsIt() {
        String namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns1, labels: {pod-security.kubernetes.io/enforce: "
                + "baseline}}\n---\n";
        assertThat(injector.inject("t", namespace + POD.replace("name: p\n", "name: p\n  namespace: ns1\n")).notes()).singleElement()
                .asString()
                .startsWith("Pod/p: its namespace enforces a PodSecurity level");
        assertThat(injector.inject("t", namespace + POD).notes()).isEmpty();
    }
}
