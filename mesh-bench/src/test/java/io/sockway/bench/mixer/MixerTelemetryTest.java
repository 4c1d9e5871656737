package io.sockway.bench.mixer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.peers.PeerTable;
import io.sockway.xds.peers.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MixerTelemetryTest {
    private final RequestMetrics metrics = new RequestMetrics();
    private final MixerTelemetry telemetry = new MixerTelemetry(new Workloads(new PeerTable(Map.of(
            "10.0.0.1", workload("client-v1", "client"), "10.0.0.2", workload("web-v1", "web")))), metrics);

    private final Map<String, Object> request = new HashMap<>(Map.of(
            "context.protocol", "http", "context.reporter.kind", "inbound", "response.code", 503L, "context.proxy_error_code", "UF",
            "origin.ip", new byte[] {10, 0, 0, 1}, "destination.uid", "kubernetes://web-v1.demo", "request.size", 5L,
            "response.size", 2_000L, "response.duration", Duration.ofMillis(30)));

    @Test
    void shouldNameBothWorkloadsByAddressAndByName() {
        request.put("destination.service.host", "web.demo.svc.cluster.local");

        assertThat(counted()).contains("istio_requests_total{reporter=\"destination\",source_workload=\"client-v1\","
                + "source_workload_namespace=\"demo\",source_principal=\"unknown\",source_app=\"client\",source_version=\"v1\","
                + "destination_workload=\"web-v1\",destination_workload_namespace=\"demo\",destination_principal=\"unknown\","
                + "destination_app=\"web\",destination_version=\"v1\",destination_service=\"web.demo.svc.cluster.local\","
                + "destination_service_name=\"unknown\",destination_service_namespace=\"unknown\",request_protocol=\"http\","
                + "response_code=\"503\",response_flags=\"UF\",permissive_response_code=\"none\",permissive_response_policyid=\"none\","
                + "connection_security_policy=\"none\"} 1\n");
    }

    @Test
    void shouldTakeTheHostForTheServiceWhereItHasOne() {
        request.put("request.host", "books");
        assertThat(counted()).contains("destination_service=\"unknown\"");

        request.put("destination.service.name", "web");
        assertThat(counted()).contains("destination_service=\"books\"");
    }

    @Test
    void shouldSayNothingOfSecurityAtTheSource() {
        request.put("context.reporter.kind", "outbound");
        request.put("connection.mtls", true);

        assertThat(counted()).contains("reporter=\"source\"", "connection_security_policy=\"unknown\"");
        request.put("context.reporter.kind", "inbound");
        assertThat(counted()).contains("connection_security_policy=\"mutual_tls\"");
    }

    @Test
    void shouldFillCumulativeBuckets() {
        assertThat(counted().lines().filter(line -> line.startsWith("istio_request_duration_seconds_bucket")
                || line.startsWith("istio_response_bytes_")).map(line -> line.replaceFirst("\\{.*?(le=[^}]*)?}", "{$1}")))
                .contains("istio_request_duration_seconds_bucket{le=\"0.025\"} 0", "istio_request_duration_seconds_bucket{le=\"0.05\"} 1",
                        "istio_request_duration_seconds_bucket{le=\"+Inf\"} 1", "istio_response_bytes_bucket{le=\"1000.0\"} 0",
                        "istio_response_bytes_bucket{le=\"10000.0\"} 1", "istio_response_bytes_sum{} 2000.0");
    }

    @Test
    void shouldLeaveOutWhatTheRulesLeaveOut() {
        request.put("request.useragent", "kube-probe/1.17");
        assertThat(counted()).doesNotContain("istio_requests_total{");
        request.put("request.useragent", "Prometheus/2.0");
        assertThat(counted()).doesNotContain("istio_requests_total{");
        request.put("request.useragent", "curl");
        request.put("context.protocol", "tcp");
        assertThat(counted()).doesNotContain("istio_requests_total{");
    }

    private String counted() {
        telemetry.report(new Attributes(Map.copyOf(request)));
        StringBuilder text = new StringBuilder();
        try {
            metrics.write(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    private static Workload workload(String name, String app) {
        return new Workload(name, "demo", app, "v1", app, "v1", "", "", Map.of());
    }
}
