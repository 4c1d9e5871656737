package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.stream.LongStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IstioMetricsTest {
    @TempDir
    private Path folder;

    @Test
    void shouldWriteIstiosMetrics() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            writer.add(0, "we\"b\\", 3, 1);
            String text = text(new IstioMetrics(reader, LabelProfile.DASHBOARD, "1.31.0"), IstioMetrics.Format.PROMETHEUS);
            String labels = "reporter=\"source\",source_workload=\"we\\\"b\\\\\",source_workload_namespace=\"unknown\","
                    + "source_cluster=\"unknown\",destination_workload=\"unknown\",destination_workload_namespace=\"unknown\","
                    + "destination_principal=\"unknown\",destination_cluster=\"unknown\",destination_service=\"unknown\","
                    + "response_code=\"200\",connection_security_policy=\"unknown\"";
            assertThat(text.lines()).contains(
                    "# TYPE istio_requests_total counter",
                    "istio_requests_total{" + labels + "} 3",
                    "# TYPE istio_request_duration_milliseconds histogram",
                    "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"1\"} 0",
                    "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"5\"} 3",
                    "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"+Inf\"} 3",
                    "istio_request_duration_milliseconds_sum{" + labels + "} 15",
                    "istio_request_duration_milliseconds_count{" + labels + "} 3",
                    "istio_request_bytes_bucket{" + labels + ",le=\"500\"} 0",
                    "istio_request_bytes_bucket{" + labels + ",le=\"1000\"} 3",
                    "istio_response_bytes_sum{" + labels + "} 3000",
                    "istio_build{component=\"proxy\",tag=\"1.31.0\"} 1");
            assertThat(text).doesNotContain("istio_tcp", "messages", "# EOF");
        }
    }

    @Test
    void shouldWriteOpenMetricsWithTheFamilysName() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            writer.add(0, "a", 1, 1);
            String text = text(new IstioMetrics(reader, LabelProfile.DASHBOARD, ""), IstioMetrics.Format.OPENMETRICS);
            assertThat(text.lines()).contains("# TYPE istio_requests counter", "istio_build{component=\"proxy\",tag=\"unknown\"} 1")
                    .anyMatch(line -> line.startsWith("istio_requests_total{"));
            assertThat(text).endsWith("\n# EOF\n");
        }
    }

    @Test
    void shouldAddUpSeriesThatDifferOnlyInLabelsThatAMetricHasNot() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            writer.add(0, "a", 1, 1);
            writer.add(0, "b", 2, 1);
            LabelProfile profile = LabelProfile.DASHBOARD.with(Metric.REQUEST_BYTES, EnumSet.of(Label.RESPONSE_CODE));
            String text = text(new IstioMetrics(reader, profile, ""), IstioMetrics.Format.PROMETHEUS);
            assertThat(text.lines()).contains("istio_request_bytes_count{reporter=\"source\",response_code=\"200\"} 3");
            assertThat(text.lines().filter(line -> line.startsWith("istio_requests_total{"))).hasSize(2);
        }
    }

    @Test
    void shouldShowWhatHadNoRoomAsOverflow() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 16); SlabReader reader = SlabReader.owner(folder)) {
            for (int i = 0; i < 20; i++) {
                writer.add(0, "w" + i, 1, 1);
            }
            String text = text(new IstioMetrics(reader, LabelProfile.ISTIO, ""), IstioMetrics.Format.PROMETHEUS);
            assertThat(text.lines()).anyMatch(line -> line.startsWith("istio_requests_total{reporter=\"overflow\",")
                    && line.endsWith("} 4"));
        }
    }

    @Test
    void shouldAnswerWhatTheClientLikesBest() {
        assertThat(IstioMetrics.Format.accepted(null)).isEqualTo(IstioMetrics.Format.PROMETHEUS);
        assertThat(IstioMetrics.Format.accepted("*/*")).isEqualTo(IstioMetrics.Format.PROMETHEUS);
        String prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1";
        assertThat(IstioMetrics.Format.accepted(prometheus)).isEqualTo(IstioMetrics.Format.OPENMETRICS);
        assertThat(IstioMetrics.Format.accepted("application/openmetrics-text;q=0.1, text/plain"))
                .isEqualTo(IstioMetrics.Format.PROMETHEUS);
    }

    @Test
    void shouldWriteTenThousandSamplesInLessThanFiftyMilliseconds() throws IOException {
        try (SlabWriter writer = new SlabWriter(folder, 1, 1000); SlabReader reader = SlabReader.owner(folder)) {
            for (int i = 0; i < 150; i++) {
                writer.add(0, "workload-" + i, 1, 1);
            }
            IstioMetrics metrics = new IstioMetrics(reader, LabelProfile.ISTIO, "");
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            Duration best = Duration.ofDays(1);
            long allocated = 0;
            for (int round = 0; round < 30; round++) {
                writer.add(0, "workload-" + round, 1, 1);
                long bytes = threads.getCurrentThreadAllocatedBytes();
                long start = System.nanoTime();
                metrics.write(OutputStream.nullOutputStream(), IstioMetrics.Format.PROMETHEUS);
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                allocated = threads.getCurrentThreadAllocatedBytes() - bytes;
                best = took.compareTo(best) < 0 ? took : best;
            }
            String text = text(metrics, IstioMetrics.Format.PROMETHEUS);
            assertThat(text.lines().filter(line -> !line.startsWith("#"))).hasSizeGreaterThan(10_000);
            assertThat(best).isLessThan(Duration.ofMillis(50));
            assertThat(allocated).isLessThan(500_000);
        }
    }

    @Test
    void shouldWriteTenThousandSetsOfLabelsWithoutKeepingTheCollectorBusy() throws IOException {
        int sets = 10_000;
        try (SlabWriter writer = new SlabWriter(folder, 1, sets); SlabReader reader = SlabReader.owner(folder)) {
            for (int i = 0; i < sets; i++) {
                writer.add(0, "workload-" + i, 1, 1);
            }
            IstioMetrics metrics = new IstioMetrics(reader, LabelProfile.DASHBOARD, "");
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            LineCounter lines = new LineCounter();
            metrics.write(lines, IstioMetrics.Format.PROMETHEUS);
            long plain = Long.MAX_VALUE;
            long packed = Long.MAX_VALUE;
            long allocated = 0;
            for (int round = 0; round < 8; round++) {
                long bytes = threads.getCurrentThreadAllocatedBytes();
                long start = System.nanoTime();
                metrics.write(OutputStream.nullOutputStream(), IstioMetrics.Format.PROMETHEUS);
                plain = Math.min(plain, System.nanoTime() - start);
                allocated = threads.getCurrentThreadAllocatedBytes() - bytes;
                start = System.nanoTime();
                Deflater fast = new Deflater(Deflater.BEST_SPEED);
                try (OutputStream out = new DeflaterOutputStream(OutputStream.nullOutputStream(), fast, 1 << 14)) {
                    metrics.write(out, IstioMetrics.Format.PROMETHEUS);
                }
                fast.end();
                packed = Math.min(packed, System.nanoTime() - start);
            }
            assertThat(lines.count).isGreaterThan(67 * sets);
            assertThat(allocated).isLessThan(2_000_000);
            System.out.printf("%,d lines (%,d MB) in %d ms, %.1f million a second; packed in %d ms%n", lines.count, lines.bytes / 1_000_000,
                    plain / 1_000_000, lines.count * 1e3 / plain, packed / 1_000_000);
        }
    }

    private static final class LineCounter extends OutputStream {
        private int count;
        private long bytes;

        @Override
        public void write(int oneByte) {
            bytes++;
            count += oneByte == '\n' ? 1 : 0;
        }
    }

    @Test
    void shouldNameFlagsAsEnvoysAccessLogsDo() {
        assertThat(LongStream.of(0, 0x20, 0x8020, 0x8220, 1L << 40).mapToObj(flags -> ResponseFlags.text(flags, true)))
                .containsExactly("-", "UF", "URX,UF", "DI,URX,UF", "bit40");
        assertThat(ResponseFlags.text(0x8020, false)).isEqualTo("UF,URX");
    }

    private static String text(IstioMetrics metrics, IstioMetrics.Format format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.write(out, format);
        return out.toString(StandardCharsets.UTF_8);
    }
}
