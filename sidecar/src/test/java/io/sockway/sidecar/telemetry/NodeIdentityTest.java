package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.xds.stats.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
    @TempDir
    private Path folder;

    @Test
    void shouldTakeFromThePodWhatIstiosProxyIsTold() throws IOException {
        Path labels = Files.writeString(folder.resolve("labels"), """
                app="reviews"
                pod-template-hash="5d8"
                service.istio.io/canonical-name="reviews"
                version="v2"
                """);
        Map<String, String> environment = Map.of("ISTIO_META_WORKLOAD_NAME", "reviews-v2", "POD_NAMESPACE", "apps",
                "ISTIO_META_CLUSTER_ID", "Kubernetes", "CANONICAL_REVISION", "two");

        assertThat(NodeIdentity.ofPod(environment, labels).workload())
                .isEqualTo(new Workload("reviews-v2", "apps", "reviews", "two", "Kubernetes", "reviews", "v2"));
        assertThat(NodeIdentity.ofPod(Map.of(), folder.resolve("none"))).isEqualTo(NodeIdentity.UNKNOWN);
    }

    @Test
    void shouldPreferWhatItIsToldToWhatThePodKnowsAndThatToWhatEnvoySays() {
        NodeIdentity told = NodeIdentity.parse("workload=a, version=v9");
        NodeIdentity pod = NodeIdentity.ofPod(Map.of("ISTIO_META_WORKLOAD_NAME", "b", "POD_NAMESPACE", "ns"), folder.resolve("none"));
        NodeIdentity envoy = NodeIdentity.ofMetadata(Map.of("WORKLOAD_NAME", "c", "NAMESPACE", "other", "LABELS/app", "web",
                "LABELS/app.kubernetes.io/version", "7", "LABELS/version", "v1"));

        assertThat(told.or(pod).or(envoy).workload()).isEqualTo(new Workload("a", "ns", "web", "7", "", "web", "v9"));
    }

    @Test
    void shouldTakeAWorkloadWithoutLabelsForItsOwnService() {
        assertThat(NodeIdentity.parse("workload=db").workload().canonicalService()).isEqualTo("db");
        assertThat(NodeIdentity.parse("workload=db,app=store").workload().canonicalService()).isEqualTo("store");
    }

    @Test
    void shouldRefuseWhatIsNoPart() {
        assertThatThrownBy(() -> NodeIdentity.parse("name=a")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'name=a' is not KEY=VALUE with a KEY of workload, namespace, app");
        assertThatThrownBy(() -> NodeIdentity.parse("workload")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NodeIdentity.parse("workload=a;b")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a;b");
    }
}
