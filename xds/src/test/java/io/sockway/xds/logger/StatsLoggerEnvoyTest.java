package io.sockway.xds.logger;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.testing.EnvoyProcess;
import io.sockway.xds.testing.TwoListeners;
import io.sockway.xds.testing.WebApp;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsLoggerEnvoyTest {
    @TempDir
    private Path folder;

    private final int port = EnvoyProcess.freePort();
    private final int tcpPort = EnvoyProcess.freePort();
    private final StatsLogger logger = new StatsLogger(
            Labels.destination("web", "demo", "web.demo.svc", "%REQ(x-workload)%", "%REQ(x-ns)%"), new Caps(100, 100));
    private final StatsLogger tcp = new StatsLogger(Labels.source("front", "demo", "%UPSTREAM_METADATA(istio:workload)%", "demo", "db"),
            new Caps(100, 100));

    private String bootstrap(int upstream) {
        return new TwoListeners(port, tcpPort, upstream).withHttpLog(StatsLogger.json(logger.http()))
                .withTcpLogs(tcp.tcp().stream().map(StatsLogger::json).toList()).withWorkload("db").yaml();
    }

    private static List<String> metrics(EnvoyProcess envoy) {
        return envoy.admin("/stats/prometheus?usedonly").lines().filter(line -> line.startsWith("envoy_istio_")).toList();
    }

    /** Histograms are shown a flush later than counters. */
    private static void awaitCounted(EnvoyProcess envoy) {
        envoy.await("counting", () -> List.of("envoy_istio_tcp_sent_bytes_total", "envoy_istio_response_bytes_count").stream()
                .allMatch(name -> metrics(envoy).stream().anyMatch(line -> line.startsWith(name))));
    }

    @Test
    void shouldCountRequestsAndConnectionsWithIstiosLabels() {
        try (WebApp app = new WebApp("app"); EnvoyProcess envoy = EnvoyProcess.start(folder, "e", bootstrap(app.port()))) {
            envoy.awaitReady().awaitReply("http://127.0.0.1:" + port + "/", 200, "");
            EnvoyProcess.get("http://127.0.0.1:" + port + "/");
            EnvoyProcess.getAndClose("http://127.0.0.1:" + tcpPort + "/");

            awaitCounted(envoy);

            assertThat(metrics(envoy)).anySatisfy(line -> assertThat(line).startsWith("envoy_istio_requests_total{").endsWith(" 2")
                            .contains("reporter=\"destination\"", "source_workload=\"\"", "source_workload_namespace=\"\"",
                                    "destination_workload=\"web\"", "destination_workload_namespace=\"demo\"",
                                    "destination_service=\"web.demo.svc\"", "connection_security_policy=\"none\"", "response_code=\"200\""))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_request_duration_milliseconds_count").endsWith(" 2"))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_request_bytes_count"))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_response_bytes_count"))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_tcp_connections_opened_total{").endsWith(" 1")
                            .contains("reporter=\"source\"", "destination_workload=\"db\"", "connection_security_policy=\"unknown\""))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_tcp_connections_closed_total{").endsWith(" 1"))
                    .anySatisfy(line -> assertThat(line).startsWith("envoy_istio_tcp_received_bytes_total{"));
        }
    }

    @Test
    void shouldMakeAsManySeriesAsItWasExpectedTo() {
        Series http = Series.http(1, 1, 1, 1);
        Series connections = Series.tcp(1, 1, 1);
        try (WebApp app = new WebApp("app"); EnvoyProcess envoy = EnvoyProcess.start(folder, "e", bootstrap(app.port()))) {
            envoy.awaitReady().awaitReply("http://127.0.0.1:" + port + "/", 200, "");
            EnvoyProcess.getAndClose("http://127.0.0.1:" + tcpPort + "/");
            awaitCounted(envoy);

            long histograms = metrics(envoy).stream().filter(line -> line.contains("_count{")).count();
            long counters = metrics(envoy).stream().filter(line -> line.contains("_total{")).count();

            assertThat(histograms).isEqualTo(http.histograms());
            assertThat(counters).isEqualTo(http.counters() + connections.counters());
        }
    }

    @Test
    void shouldWarnOfSeriesThatEnvoyWouldDrop() {
        assertThat(Series.http(300, 1, 3, 1).excess(Caps.DEFAULT)).isEmpty();
        assertThat(Series.http(1000, 1, 5, 1).excess(Caps.DEFAULT)).hasValueSatisfying(warning -> assertThat(warning)
                .startsWith("5,000 counters and 15,000 histograms are expected, and Envoy drops silently what exceeds 3,000 and 3,000"));
    }
}
