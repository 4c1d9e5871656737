package io.sockway.xds.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The series of a reader as Istio's own metrics: names, labels, types and values as istio-proxy has them, so that Istio's dashboards work
 * unchanged. One difference: durations are put into buckets with a microsecond's precision, while Istio cuts them to milliseconds before.
 *
 * <p>Thread-safe.
 */
public final class IstioMetrics {
    /** A text format of metrics. */
    public enum Format {
        PROMETHEUS("text/plain; version=0.0.4; charset=utf-8"),
        OPENMETRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        /** The Content-Type of the answer. */
        public String contentType() {
            return contentType;
        }

        /** What to answer to an Accept header, which may be null: OpenMetrics where the client likes it at least as well. */
        public static Format accepted(String accept) {
            double open = 0;
            double plain = 0;
            for (String range : accept == null ? new String[0] : accept.toLowerCase(Locale.ROOT).split(",")) {
                String[] parts = range.split(";");
                double quality = quality(parts);
                switch (parts[0].strip()) {
                    case "application/openmetrics-text" -> open = Math.max(open, quality);
                    case "text/plain", "text/*", "*/*" -> plain = Math.max(plain, quality);
                    default -> { }
                }
            }
            return open > 0 && open >= plain ? OPENMETRICS : PROMETHEUS;
        }

        private static double quality(String[] parts) {
            for (int i = 1; i < parts.length; i++) {
                String part = parts[i].strip();
                if (part.startsWith("q=")) {
                    try {
                        return Double.parseDouble(part.substring(2));
                    } catch (NumberFormatException e) {
                        return 0;
                    }
                }
            }
            return 1;
        }
    }

    private static final byte[] OPEN = ascii("{");
    private static final byte[] CLOSE = ascii("} ");
    private static final byte[] LINE = ascii("\n");
    private static final byte[][] BOUNDS = new byte[HistogramBounds.COUNT][];

    static {
        for (int i = 0; i < HistogramBounds.COUNT; i++) {
            String bound = i < HistogramBounds.ISTIO.length ? HistogramBounds.ISTIO[i] : "+Inf";
            BOUNDS[i] = ascii(",le=\"" + bound + "\"} ");
        }
    }

    private final SlabReader reader;
    private final LabelProfile profile;
    private final String build;

    /**
     * Shows a reader's series.
     *
     * @param profile the labels of each metric: what the plugin was configured with
     * @param istioVersion the tag of {@code istio_build}, {@code unknown} if empty
     */
    public IstioMetrics(SlabReader reader, LabelProfile profile, String istioVersion) {
        this.reader = reader;
        this.profile = profile;
        this.build = istioVersion.isEmpty() ? "unknown" : istioVersion;
    }

    /**
     * Refreshes the reader and writes all metrics.
     *
     * @throws IOException if the slabs' folder cannot be listed, or writing fails
     */
    public void write(OutputStream out, Format format) throws IOException {
        Map<Metric, List<Sample>> samples;
        synchronized (this) {
            reader.refresh();
            samples = samples();
        }
        MetricsText text = new MetricsText(out);
        for (Map.Entry<Metric, List<Sample>> family : samples.entrySet()) {
            write(text, family.getKey(), family.getValue(), format);
        }
        head(text, "istio_build", "gauge", "Istio component build info");
        text.add("istio_build{component=\"proxy\",tag=\"").add(escaped(build)).add("\"} 1\n");
        writeStatus(text, format);
        if (format == Format.OPENMETRICS) {
            text.add("# EOF\n");
        }
        text.flush();
        out.flush();
    }

    /** What a metric shows under one set of labels: numbers of one or, where the metric has fewer labels than they, several series. */
    private static final class Sample {
        private final byte[] labels;
        private final long[] numbers;

        Sample(byte[] labels, long[] numbers) {
            this.labels = labels;
            this.numbers = numbers;
        }
    }

    private Map<Metric, List<Sample>> samples() {
        Map<Metric, List<Sample>> all = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            Label[] labels = profile.labels(metric).toArray(Label[]::new);
            Map<String, Sample> merged = new HashMap<>();
            List<Sample> ordered = new ArrayList<>();
            int[] range = numbers(metric);
            reader.forEach(series -> {
                boolean shown = series.kind() == metric.kind()
                        || series.kind() == Series.Kind.OVERFLOW && series.numbers()[range[0]] != 0;
                if (!shown) {
                    return;
                }
                String text = text(series, labels);
                Sample sample = merged.get(text);
                if (sample == null) {
                    sample = new Sample(text.getBytes(StandardCharsets.UTF_8), new long[range.length]);
                    merged.put(text, sample);
                    ordered.add(sample);
                }
                for (int i = 0; i < range.length; i++) {
                    sample.numbers[i] += series.numbers()[range[i]];
                }
            });
            all.put(metric, ordered);
        }
        return all;
    }

    /** Which of a series' numbers a metric shows; a histogram's count and sum go before its buckets. */
    private static int[] numbers(Metric metric) {
        return switch (metric) {
            case REQUESTS_TOTAL -> new int[] {Series.Counter.REQUESTS.ordinal()};
            case REQUEST_DURATION_MILLISECONDS ->
                histogram(Series.Counter.DURATIONS, Series.Counter.DURATION_MICROSECONDS, Series.DURATION);
            case REQUEST_BYTES -> histogram(Series.Counter.REQUESTS, Series.Counter.REQUEST_BYTES, Series.REQUEST_SIZE);
            case RESPONSE_BYTES -> histogram(Series.Counter.REQUESTS, Series.Counter.RESPONSE_BYTES, Series.RESPONSE_SIZE);
            case REQUEST_MESSAGES_TOTAL -> new int[] {Series.Counter.REQUEST_MESSAGES.ordinal()};
            case RESPONSE_MESSAGES_TOTAL -> new int[] {Series.Counter.RESPONSE_MESSAGES.ordinal()};
            case TCP_CONNECTIONS_OPENED_TOTAL -> new int[] {Series.Counter.TCP_OPENED.ordinal()};
            case TCP_CONNECTIONS_CLOSED_TOTAL -> new int[] {Series.Counter.TCP_CLOSED.ordinal()};
            case TCP_SENT_BYTES_TOTAL -> new int[] {Series.Counter.TCP_SENT_BYTES.ordinal()};
            case TCP_RECEIVED_BYTES_TOTAL -> new int[] {Series.Counter.TCP_RECEIVED_BYTES.ordinal()};
        };
    }

    private static int[] histogram(Series.Counter count, Series.Counter sum, int firstBucket) {
        int[] numbers = new int[2 + HistogramBounds.COUNT];
        numbers[0] = count.ordinal();
        numbers[1] = sum.ordinal();
        for (int i = 0; i < HistogramBounds.COUNT; i++) {
            numbers[2 + i] = firstBucket + i;
        }
        return numbers;
    }

    /** The labels between braces. An empty value is the same as no label. */
    private static String text(Series series, Label[] labels) {
        StringBuilder text = new StringBuilder(64 * labels.length);
        for (Label label : labels) {
            String value = series.label(label);
            if (!value.isEmpty()) {
                text.append(text.isEmpty() ? "" : ",").append(label.text()).append("=\"").append(escaped(value)).append('"');
            }
        }
        return text.toString();
    }

    private static String escaped(String value) {
        if (value.indexOf('\\') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0) {
            return value;
        }
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static void write(MetricsText text, Metric metric, List<Sample> samples, Format format) throws IOException {
        if (samples.isEmpty()) {
            return;
        }
        String name = metric.text();
        if (metric.type() == Metric.Type.COUNTER) {
            head(text, familyOfCounter(name, format), "counter", metric.help());
            byte[] start = ascii(name + "{");
            for (Sample sample : samples) {
                text.add(start).add(sample.labels).add(CLOSE).add(sample.numbers[0]).add(LINE);
            }
            return;
        }
        head(text, name, "histogram", metric.help());
        byte[] bucket = ascii(name + "_bucket{");
        byte[] sum = ascii(name + "_sum");
        byte[] count = ascii(name + "_count");
        boolean thousandths = metric == Metric.REQUEST_DURATION_MILLISECONDS;
        for (Sample sample : samples) {
            long below = 0;
            for (int i = 0; i < HistogramBounds.COUNT; i++) {
                below += sample.numbers[2 + i];
                text.add(bucket).add(sample.labels).add(BOUNDS[i]).add(below).add(LINE);
            }
            text.add(sum).add(OPEN).add(sample.labels).add(CLOSE);
            if (thousandths) {
                text.addThousandths(sample.numbers[1]);
            } else {
                text.add(sample.numbers[1]);
            }
            text.add(LINE).add(count).add(OPEN).add(sample.labels).add(CLOSE).add(sample.numbers[0]).add(LINE);
        }
    }

    private void writeStatus(MetricsText text, Format format) throws IOException {
        SlabReader.Status status = reader.status();
        gauge(text, "sockway_stats_slabs", "Envoys whose counts are read.", status.slabs());
        gauge(text, "sockway_stats_series", "Sets of labels that are shown.", status.series());
        gauge(text, "sockway_stats_unreadable_slabs", "Slabs of other builds of the plugin, or broken ones.", status.problems().size());
        String forgotten = "sockway_stats_series_forgotten_total";
        head(text, familyOfCounter(forgotten, format), "counter", "Sets of labels no longer shown since nothing had counted under them.");
        text.add(forgotten + " ").add(status.forgotten()).add(LINE);
        gauge(text, "sockway_stats_overflows", "Events counted in the overflow series, in slabs that are read.", status.overflows());
    }

    private static void gauge(MetricsText text, String name, String help, long value) throws IOException {
        head(text, name, "gauge", help);
        text.add(name + " ").add(value).add(LINE);
    }

    /** OpenMetrics names a counter's family without the suffix of its samples. */
    private static String familyOfCounter(String name, Format format) {
        return format == Format.OPENMETRICS ? name.substring(0, name.length() - "_total".length()) : name;
    }

    private static void head(MetricsText text, String name, String type, String help) throws IOException {
        text.add("# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
