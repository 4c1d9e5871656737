package io.sockway.deploy.inject;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.sockway.deploy.testing.Injection;
import io.sockway.deploy.testing.Strict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodInjectorTest {
    private static final String PLAIN = "{metadata: {name: p}, spec: {containers: [{name: a, image: a}]}}";

    private static Outcome outcome(String pod, boolean unlessSaid) {
        return Injection.injector(SidecarKind.AUTO).inject(Strict.document(pod), unlessSaid);
    }

    private static Pod injected(String pod, SidecarKind kind) {
        JsonObject tree = Strict.document(pod);
        Outcome.Injected outcome = (Outcome.Injected) Injection.injector(kind).inject(tree, true);
        outcome.edits().forEach(edit -> edit.apply(tree));
        assertThat(Strict.unknownPodFields(tree)).isEmpty();
        return Strict.read(tree, Pod.class);
    }

    private static Container container(Pod pod, String name) {
        return pod.getSpec().getInitContainers().stream().filter(each -> each.getName().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void shouldGiveTheAttachContainerThreeCapabilitiesAndTheSidecarNothingToUse() {
        Pod pod = injected(PLAIN, SidecarKind.AUTO);
        SecurityContext attach = container(pod, "sockway-attach").getSecurityContext();
        assertThat(attach.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(attach.getCapabilities().getAdd()).containsExactlyInAnyOrder("BPF", "NET_ADMIN", "PERFMON");
        assertThat(attach.getPrivileged()).isFalse();
        assertThat(attach.getAllowPrivilegeEscalation()).isFalse();
        SecurityContext sidecar = container(pod, "sockway").getSecurityContext();
        assertThat(sidecar.getRunAsNonRoot()).isTrue();
        assertThat(sidecar.getRunAsUser()).isEqualTo(15900);
        assertThat(sidecar.getAllowPrivilegeEscalation()).isFalse();
        assertThat(sidecar.getReadOnlyRootFilesystem()).isTrue();
        assertThat(sidecar.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(sidecar.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container(pod, "sockway").getVolumeMounts()).filteredOn(mount -> mount.getMountPath().equals("/sockway/pins"))
                .singleElement().satisfies(mount -> assertThat(mount.getSubPathExpr()).isEqualTo("$(SOCKWAY_POD_UID)"));
    }

    @ParameterizedTest
    @CsvSource({"cpu-limit, 5m, cpu, 5m, 5m", "cpu-limit, 1, cpu, 10m, 1", "memory, 200Mi, memory, 200Mi, 200Mi",
        "memory, 80Mi, memory, 80Mi, 128Mi", "memory-limit, 100M, memory, 64Mi, 100M"})
    void shouldLetDefaultsGiveWayToWhatIsSaid(String annotation, String value, String resource, String request, String limit) {
        Container sidecar = container(injected(PLAIN.replace("name: p", "annotations: {sockway.io/" + annotation + ": \"" + value + "\"}"),
                SidecarKind.AUTO), "sockway");
        assertThat(sidecar.getResources().getRequests().get(resource)).hasToString(request);
        assertThat(sidecar.getResources().getLimits().get(resource)).hasToString(limit);
    }

    @Test
    void shouldNeverClashWithWhatThePodHas() {
        Pod pod = injected("""
                metadata: {name: p, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "8081"}}
                spec:
                  initContainers: [{name: sockway-attach}, {name: sockway-2}]
                  containers:
                  - {name: sockway, ports: [{containerPort: 15900, name: http-sockway}, {containerPort: 15901}]}
                  volumes: [{name: sockway-pins}, {name: sockway-pins-2}, {name: sockway-podinfo}]
                """, SidecarKind.AUTO);
        assertThat(pod.getSpec().getInitContainers()).extracting(Container::getName)
                .containsExactly("sockway-attach-2", "sockway-3", "sockway-attach", "sockway-2");
        assertThat(pod.getSpec().getVolumes()).extracting(Volume::getName).doesNotHaveDuplicates()
                .contains("sockway-pins-3", "sockway-cgroup", "sockway-podinfo-2");
        Container sidecar = container(pod, "sockway-3");
        assertThat(sidecar.getPorts().getFirst().getContainerPort()).isEqualTo(15902);
        assertThat(sidecar.getPorts().getFirst().getName()).isEqualTo("http-sockway-2");
        assertThat(sidecar.getArgs()).contains("--admin=0.0.0.0:15902");
        assertThat(sidecar.getVolumeMounts().getFirst().getName()).isEqualTo("sockway-pins-3");
        assertThat(pod.getMetadata().getAnnotations()).containsEntry("traffic.sidecar.istio.io/excludeInboundPorts", "8081,15902");
    }

    /** istio-init has its arguments already; Istio's CNI plugin reads the annotation once the pod starts. */
    @ParameterizedTest
    @CsvSource({"istio-init, 8081", "istio-validation, '8081,15900'"})
    void shouldLeaveItsPortOutOfIstiosRulesWhileThereAreNone(String init, String excluded) {
        Pod pod = injected("{metadata: {annotations: {sidecar.istio.io/status: \"{}\", traffic.sidecar.istio.io/excludeInboundPorts: "
                + "\"8081\"}}, spec: {initContainers: [{name: " + init + "}], containers: [{name: a}, {name: istio-proxy}]}}",
                SidecarKind.AUTO);
        assertThat(pod.getMetadata().getAnnotations()).containsEntry("traffic.sidecar.istio.io/excludeInboundPorts", excluded);
    }

    @Test
    void shouldTakeImagesAndResourcesFromAnnotations() {
        Pod pod = injected("""
                metadata:
                  annotations: {sockway.io/image: "r.example/s@sha256:00", sockway.io/attach-image: "r.example/a:2", sockway.io/cpu: "50m",
                    sockway.io/cpu-limit: "1", sockway.io/memory: "80Mi", sockway.io/memory-limit: "90Mi"}
                spec: {containers: [{name: a}]}
                """, SidecarKind.NATIVE);
        Container sidecar = container(pod, "sockway");
        assertThat(sidecar.getImage()).isEqualTo("r.example/s@sha256:00");
        assertThat(container(pod, "sockway-attach").getImage()).isEqualTo("r.example/a:2");
        assertThat(sidecar.getResources().getLimits().get("cpu")).hasToString("1");
        assertThat(sidecar.getResources().getRequests().get("memory")).hasToString("80Mi");
        assertThat(sidecar.getResources().getLimits().get("memory")).hasToString("90Mi");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "`{spec: {hostNetwork: true, containers: [{name: a}]}}`, host's network",
        "`{spec: {hostUsers: false, containers: [{name: a}]}}`, user namespace",
        "`{spec: {os: {name: windows}, containers: [{name: a}]}}`, Windows",
        "`{spec: {nodeSelector: {kubernetes.io/os: windows}, containers: [{name: a}]}}`, Windows",
        "`{metadata: {annotations: {kubernetes.io/config.mirror: x}}, spec: {containers: [{name: a}]}}`, static",
        "`{metadata: {annotations: {sockway.io/inject: \"false\"}}, spec: {containers: [{name: a}]}}`, not asked",
        "`{metadata: {labels: {sockway.io/inject: \"false\"}}, spec: {containers: [{name: a}]}}`, not asked",
        "`{spec: {}}`, no containers",
        "`{}`, no containers"})
    void shouldLeaveWhatCannotBeAccelerated(String pod, String reason) {
        assertThat(outcome(pod, true)).isInstanceOfSatisfying(Outcome.Skipped.class, skipped -> assertThat(skipped.reason()).contains(
                reason));
    }

    @Test
    void shouldInjectOnlyWhatAsksWhereTheNamespaceDoesNot() {
        assertThat(outcome(PLAIN, false)).isInstanceOf(Outcome.Skipped.class);
        assertThat(outcome(PLAIN.replace("name: p", "labels: {sockway.io/inject: \"true\"}"), false)).isInstanceOf(Outcome.Injected.class);
        assertThat(outcome(PLAIN.replace("name: p", "annotations: {sockway.io/inject: \"true\"}"), false)).isInstanceOf(
                Outcome.Injected.class);
        assertThat(outcome(PLAIN.replace("name: p", "annotations: {sockway.io/inject: \"yes\"}"), false)).isInstanceOf(
                Outcome.Refused.class);
        assertThat(outcome(PLAIN.replace("name: p", "labels: {sockway.io/inject: \"yes\"}"), false)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void shouldNameAMisspeltWishWhereNothingElseAsks() {
        String pod = PLAIN.replace("name: p", "annotations: {sockway.io/injekt: \"true\"}");
        assertThat(outcome(pod, false)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> assertThat(refused.problem())
                .isEqualTo("unknown annotation sockway.io/injekt; did you mean 'sockway.io/inject'?"));
        assertThat(outcome(pod.replace("{sockway", "{sockway.io/inject: \"false\", sockway"), false)).isInstanceOf(Outcome.Skipped.class);
        assertThat(outcome(PLAIN.replace("name: p", "annotations: {sockway.io/acceleration: \"off\"}"), false))
                .isInstanceOf(Outcome.Skipped.class);
    }

    @ParameterizedTest
    @CsvSource({"Never, true", "OnFailure, true", "Always, false"})
    void shouldKeepNoJobFromItsEnd(String policy, boolean isNative) {
        Pod pod = injected("{spec: {restartPolicy: " + policy + ", containers: [{name: a}, {name: istio-proxy}]}}", SidecarKind.AUTO);
        assertThat(pod.getSpec().getContainers().stream().map(Container::getName).anyMatch("sockway"::equals)).isNotEqualTo(isNative);
        assertThat(pod.getSpec().getInitContainers().stream().filter(each -> each.getName().equals("sockway")).map(
                Container::getRestartPolicy)).allMatch("Always"::equals).hasSize(isNative ? 1 : 0);
    }

    @Test
    void shouldNotBeFooledByACopiedStatus() {
        Pod pod = injected("{metadata: {annotations: {sockway.io/status: '{\"containers\":[\"sockway\"]}'}}, spec: {containers: [{name: "
                + "a}]}}",
                SidecarKind.CLASSIC);
        assertThat(pod.getSpec().getContainers()).extracting(Container::getName).containsExactly("a", "sockway");
        assertThat(pod.getMetadata().getAnnotations().get("sockway.io/status")).contains("sockway-attach");
    }

    @Test
    void shouldAskIstioForTheTelemetryFolderAndKeepWhatTheUserAsksFor() {
        Pod pod = injected("""
                metadata:
                  annotations:
                    sockway.io/telemetry: "on"
                    sockway.io/telemetry-profile: istio
                    sidecar.istio.io/userVolumeMount: '{"mine":{"mountPath":"/mine","readOnly":true}}'
                    proxy.istio.io/config: |
                      concurrency: 3
                      proxyMetadata: {A: b}
                spec: {containers: [{name: a}], volumes: [{name: sockway-telemetry}]}
                """, SidecarKind.AUTO);
        assertThat(pod.getMetadata().getAnnotations())
                .containsEntry("sidecar.istio.io/userVolumeMount", "{\"mine\":{\"mountPath\":\"/mine\",\"readOnly\":true},"
                        + "\"sockway-telemetry-2\":{\"mountPath\":\"/var/run/sockway\"}}")
                .containsEntry("proxy.istio.io/config", "{\"concurrency\":3,\"proxyMetadata\":{\"A\":\"b\","
                        + "\"ENVOY_DYNAMIC_MODULES_SEARCH_PATH\":\"/var/run/sockway\"}}");
        assertThat(pod.getMetadata().getLabels()).containsEntry("sockway.io/telemetry", "on");
        assertThat(container(pod, "sockway").getArgs()).contains("--telemetry=plugin", "--telemetry-dir=/var/run/sockway",
                "--telemetry-profile=istio");
    }

    @Test
    void shouldMountTheTelemetryFolderInAnIstioProxyThatIsThere() {
        String yaml = Injection.istio("native-sidecar.yaml.injected").replace("  annotations:\n",
                "  annotations:\n    sockway.io/telemetry: \"on\"\n");
        Pod pod = injected(yaml, SidecarKind.AUTO);
        Container proxy = container(pod, "istio-proxy");
        assertThat(proxy.getVolumeMounts()).hasSize(10).extracting("mountPath").contains("/var/run/sockway", "/etc/istio/proxy");
        assertThat(proxy.getEnv()).extracting("name").contains("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", "PROXY_CONFIG");
        assertThat(pod.getSpec().getVolumes()).extracting(Volume::getName).contains("sockway-telemetry");
    }
}
