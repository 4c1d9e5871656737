package io.sockway.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.sockway.sockops.Reason;
import io.sockway.xds.stats.IstioMetrics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final FakeSource source = new FakeSource();
    private final Metrics metrics = new Metrics("1.2.3", Optional.of(source), Optional.empty());

    private String scrape() {
        Segments text = new Segments(1 << 20);
        try {
            metrics.write(text, IstioMetrics.Format.PROMETHEUS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        text.bytes().forEach(all::writeBytes);
        return all.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldShowWhatTheSourceCounts() {
        List<String> samples = scrape().lines()
                .filter(line -> !line.startsWith("#") && !line.startsWith("sockway_process")).toList();

        assertThat(samples).containsExactlyInAnyOrder(
                "sockway_build_info{version=\"1.2.3\"} 1",
                "sockway_ends_unpaired_total 15.0",
                "sockway_enrolment_last_pass_seconds 0.0025",
                "sockway_enrolment_passes_total 7.0",
                "sockway_flows_adopted_total 1.0",
                "sockway_flows_across_total 3.0",
                "sockway_flows_closed_total 6.0",
                "sockway_flows_enrolled_total 8.0",
                "sockway_flows_left_total{reason=\"stream\"} 3.0",
                "sockway_flows_paired_total 10.0",
                "sockway_flows{state=\"active\"} 3.0",
                "sockway_flows{state=\"closed\"} 0.0",
                "sockway_flows{state=\"enrolling\"} 0.0",
                "sockway_flows{state=\"leaving\"} 2.0",
                "sockway_flows{state=\"paired\"} 0.0",
                "sockway_passes_total{reason=\"conntrack\"} 2.0",
                "sockway_passes_total{reason=\"unread-tcp\"} 4.0",
                "sockway_redirected_bytes_total 9.007199254740991E15",
                "sockway_redirected_messages_total 70.0",
                "sockway_tcp_bytes_total 500.0",
                "sockway_tcp_messages_total 6.0",
                "sockway_wakes_total 12.0",
                "sockway_would_redirect_bytes_total 11.0");
    }

    @Test
    void shouldDeclareTypes() {
        assertThat(scrape()).contains("# TYPE sockway_passes_total counter", "# TYPE sockway_flows gauge",
                "# TYPE sockway_flows_left_total counter", "# HELP sockway_redirected_bytes_total Bytes that went socket to socket");
    }

    @Test
    void shouldFollowTheSource() {
        scrape();
        source.redirectedBytes = 123;
        source.passes = Map.of(Reason.UNREAD_TCP, 5L, Reason.CONNTRACK, 2L, Reason.NO_ROOM, 1L);

        String scrape = scrape();

        assertThat(scrape.lines()).contains("sockway_redirected_bytes_total 123.0", "sockway_passes_total{reason=\"unread-tcp\"} 5.0",
                "sockway_passes_total{reason=\"conntrack\"} 2.0", "sockway_passes_total{reason=\"no-room\"} 1.0");
    }

    @Test
    void shouldNotCountDerivedFiguresBackwards() {
        scrape();
        source.ends = 20;
        source.tcpBytes = 400;
        assertThat(scrape().lines()).contains("sockway_ends_unpaired_total 15.0", "sockway_tcp_bytes_total 500.0");

        source.ends = 33;
        source.tcpBytes = 501;
        assertThat(scrape().lines()).contains("sockway_ends_unpaired_total 18.0", "sockway_tcp_bytes_total 501.0");
    }

    @Test
    void shouldRefuseWhatDoesNotFitUnlessPacked() throws IOException {
        Metrics large = new Metrics("1", Optional.empty(), Optional.of(new LargeTelemetry()));

        Reply refused = large.reply(new Ask("/metrics", "", false));
        assertThat(refused.status().code()).isEqualTo(406);
        assertThat(new String(refused.body().getFirst(), StandardCharsets.UTF_8))
                .isEqualTo("/metrics is more than 48 MiB: ask for it packed (Accept-Encoding: gzip, as Prometheus does; "
                        + "curl --compressed)\n");

        Reply packed = large.reply(new Ask("/metrics", "", true));
        assertThat(packed.status().code()).isEqualTo(200);
        try (InputStream in = new GZIPInputStream(new SequenceInputStream(Collections.enumeration(
                packed.body().stream().map(ByteArrayInputStream::new).toList())))) {
            assertThat(in.transferTo(OutputStream.nullOutputStream())).isGreaterThan(60 << 20);
        }
    }

    /** More text than a process of this size should hold. */
    private static final class LargeTelemetry implements TelemetrySource {
        @Override
        public void writeMetrics(OutputStream out, boolean openMetrics) throws IOException {
            byte[] line = "a_line_of_metrics{of=\"some length\"} 1\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
            for (int written = 0; written < 60 << 20; written += line.length) {
                out.write(line);
            }
        }

        @Override
        public JsonObject status() {
            return new JsonObject();
        }

        @Override
        public JsonObject traffic() {
            return new JsonObject();
        }

        @Override
        public String configuration() {
            return "";
        }

        @Override
        public Figures figures() {
            return new Figures(0, 0, 0, 0, 0);
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public String readiness() {
            return "";
        }
    }

    @Test
    void shouldMeasureItsProcess() {
        String scrape = scrape();

        assertThat(value(scrape, "sockway_process_resident_bytes")).isBetween(10e6, 10e9);
        assertThat(value(scrape, "sockway_process_uptime_seconds")).isBetween(0.01, 1e6);
        assertThat(value(scrape, "sockway_process_cpu_seconds_total")).isBetween(0.01, 1e6);
    }

    private static double value(String scrape, String name) {
        List<String> lines = scrape.lines().filter(line -> line.startsWith(name + " ")).toList();
        assertThat(lines).hasSize(1);
        return Double.parseDouble(lines.getFirst().substring(name.length() + 1));
    }
}
