package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginConfigTest {
    private static final Workload NODE = new Workload("re\"views", "ns", "reviews", "v1", "Kubernetes", "\n", "é😀");

    @TempDir
    private Path folder;

    @Test
    void shouldWriteWhatThePluginAccepts() throws IOException {
        PluginConfig.Builder builder = PluginConfig.builder(folder, PluginConfig.Reporter.SOURCE, NODE).profile(LabelProfile.ISTIO)
                .maxSeries(65_536).idle(Duration.ofDays(1)).hostHeader(true)
                .service("a \"cluster\"", new PluginConfig.Service("host", "name")).peer("fd00:0:0::1", Workload.UNKNOWN);
        for (int i = 0; i < 10_000; i++) {
            builder.peer("10.0.%d.%d".formatted(i / 250, i % 250), new Workload("w" + i, "ns", "svc", "v1", "c", "app", "v2"));
        }
        assertThat(check(builder.build().json())).isEqualTo("accepted, 10001 peers, 1 services, labels 1ffffff");
    }

    @Test
    void shouldAskForTheLabelsThatSomeMetricHas() {
        assertThat(config(LabelProfile.DASHBOARD)).contains("\"labels\":[\"reporter\",\"source_workload\",\"source_workload_namespace\","
                + "\"source_cluster\",\"destination_workload\",\"destination_workload_namespace\",\"destination_principal\","
                + "\"destination_cluster\",\"destination_service\",\"response_code\","
                + "\"connection_security_policy\"]");
        assertThat(config(LabelProfile.DASHBOARD.with(Metric.REQUESTS_TOTAL, EnumSet.of(Label.RESPONSE_FLAGS)))).contains("response_flags");
        assertThatThrownBy(() -> LabelProfile.ISTIO.with(Metric.TCP_SENT_BYTES_TOTAL, EnumSet.of(Label.RESPONSE_CODE)))
                .hasMessage("istio_tcp_sent_bytes_total has no label response_code");
        assertThat(LabelProfile.ISTIO.labels()).hasSize(25);
        assertThat(LabelProfile.DASHBOARD.labels()).hasSize(11);
    }

    @Test
    void shouldHaveOneTextForOneMeaning() {
        PluginConfig.Builder one = PluginConfig.builder(folder, PluginConfig.Reporter.SOURCE, NODE).peer("10.0.0.1", NODE)
                .peer("10.0.0.2", NODE);
        PluginConfig.Builder two = PluginConfig.builder(folder, PluginConfig.Reporter.SOURCE, NODE).peer("10.0.0.2", NODE)
                .peer("10.0.0.1", NODE);
        assertThat(one.build()).isEqualTo(two.build()).hasToString(two.build().json());
    }

    @Test
    void shouldRefuseWhatThePluginWouldRefuse() throws IOException {
        PluginConfig.Builder builder = PluginConfig.builder(folder, PluginConfig.Reporter.SOURCE, NODE);
        assertThatThrownBy(() -> builder.maxSeries(15)).hasMessageContaining("16 to 65536");
        assertThatThrownBy(() -> builder.idle(Duration.ofSeconds(59))).hasMessageContaining("60 to 86400");
        assertThatThrownBy(() -> builder.peer("localhost", NODE)).hasMessage("no IP address: \"localhost\"");
        assertThatThrownBy(() -> Workload.parse("a;b;c;d;e;f;g;h")).hasMessageStartingWith("more than 7 fields");
        assertThatThrownBy(() -> new Workload("x".repeat(256), "", "", "", "", "", "")).hasMessageStartingWith("not fit for a label");
        assertThatThrownBy(() -> PluginConfig.builder(Path.of("here"), PluginConfig.Reporter.SOURCE, NODE))
                .hasMessageContaining("absolute");
    }

    @Test
    void shouldHearWhereAConfigurationIsWrong() throws IOException {
        assertThat(check("{\"labels\":[\"nonsense\"]}")).isEqualTo("no label has this name, at byte 21 of 23");
        assertThat(check("{\"max_series\":1000,}")).isEqualTo("expected a string, at byte 19 of 20");
        assertThat(check("{}")).isEqualTo("folder, reporter, labels or node is missing, at byte 2 of 2");
    }

    @Test
    void shouldSupportOnlyEnvoysThatWereTried() {
        assertThat(StatsPlugin.supports("1.40.0")).isTrue();
        assertThat(StatsPlugin.supports("9e5580933739775e8bce696a57a2e1bc99368f23/1.40.2/Clean/RELEASE/BoringSSL")).isTrue();
        assertThat(StatsPlugin.supports("1.39.0")).isFalse();
        assertThat(StatsPlugin.supports("1.41.0")).isFalse();
        assertThat(StatsPlugin.supports("")).isFalse();
    }

    @Test
    void shouldInstallThePluginOnce() throws IOException {
        StatsPlugin plugin = StatsPlugin.bundled();
        Path file = plugin.installInto(folder.resolve("modules"));
        assertThat(file).isExecutable().hasFileName(plugin.fileName());
        assertThat(plugin.fileName()).matches("libsockway_stats_[0-9a-f]{12}\\.so");
        assertThat(plugin.installInto(folder.resolve("modules"))).isEqualTo(file);
        assertThat(folder.resolve("modules")).isDirectoryContaining(entry -> entry.equals(file));
    }

    private String config(LabelProfile profile) {
        return PluginConfig.builder(folder, PluginConfig.Reporter.DESTINATION, NODE).profile(profile).build().json();
    }

    private String check(String json) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, json);
        return SlabWriter.check(file);
    }
}
