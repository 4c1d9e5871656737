package io.sockway.xds.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

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
    private final String build;
    private final Map<Metric, LabelSet> labels = new EnumMap<>(Metric.class);
    private final Map<Metric, int[]> shown = new EnumMap<>(Metric.class);
    private final long[] sums = new long[2 + HistogramBounds.COUNT];
    private Map<LabelSet, List<Sample>> samples = Map.of();
    private Map<Series, byte[]> texts = Map.of();
    private long membership = -1;

    /**
     * Shows a reader's series.
     *
     * @param profile the labels of each metric: what the plugin was configured with
     * @param istioVersion the tag of {@code istio_build}, {@code unknown} if empty
     */
    public IstioMetrics(SlabReader reader, LabelProfile profile, String istioVersion) {
        this.reader = reader;
        this.build = istioVersion.isEmpty() ? "unknown" : istioVersion;
        for (Metric metric : Metric.values()) {
            labels.put(metric, new LabelSet(metric.kind(), profile.labels(metric)));
            shown.put(metric, numbers(metric));
        }
    }

    /**
     * Refreshes the reader and writes all metrics. Other users of the reader wait meanwhile, so {@code out} had better not block.
     *
     * @throws IOException if the slabs' folder cannot be listed, or writing fails
     */
    public synchronized void write(OutputStream out, Format format) throws IOException {
        MetricsText text = new MetricsText(out);
        reader.refreshAnd((series, overflow, now) -> {
            if (now != membership) {
                arrange(series, overflow);
                membership = now;
            }
            for (Metric metric : Metric.values()) {
                write(text, metric, format);
            }
        });
        head(text, "istio_build", "gauge", "Istio component build info");
        text.add("istio_build{component=\"proxy\",tag=\"").add(escaped(build)).add("\"} 1\n");
        writeStatus(text, format);
        if (format == Format.OPENMETRICS) {
            text.add("# EOF\n");
        }
        text.flush();
        out.flush();
    }

    /** The labels of one or several metrics of a kind. */
    private record LabelSet(Series.Kind kind, Set<Label> labels) {
    }

    /** One set of labels in a metric: one series or, where the metric has fewer labels than they, several. */
    private record Sample(byte[] labels, List<Series> series) {
        boolean overflow() {
            return series.getFirst().kind() == Series.Kind.OVERFLOW;
        }
    }

    /** Finds out anew which series belong together, which they do until others come or go. */
    private void arrange(Iterable<Series> series, Series overflow) {
        Map<Series, byte[]> before = texts;
        texts = new IdentityHashMap<>();
        samples = new HashMap<>();
        Set<LabelSet> sets = new HashSet<>(labels.values());
        Map<Series.Kind, Long> setsOfKind = sets.stream().collect(Collectors.groupingBy(LabelSet::kind, Collectors.counting()));
        for (LabelSet set : sets) {
            Map<ByteBuffer, Sample> merged = new LinkedHashMap<>();
            boolean only = setsOfKind.get(set.kind()) == 1;
            for (Series one : series) {
                if (one.kind() == set.kind()) {
                    byte[] text = only ? before.get(one) : null;
                    text = text == null ? text(one, set.labels()) : text;
                    merged.computeIfAbsent(ByteBuffer.wrap(text), key -> new Sample(key.array(), new ArrayList<>(1))).series().add(one);
                    if (only) {
                        texts.put(one, text);
                    }
                }
            }
            List<Sample> all = new ArrayList<>(merged.values());
            all.add(new Sample(text(overflow, set.labels()), List.of(overflow)));
            samples.put(set, all);
        }
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
    private static byte[] text(Series series, Set<Label> labels) {
        StringBuilder text = new StringBuilder(48 * labels.size());
        for (Label label : labels) {
            String value = series.label(label);
            if (!value.isEmpty()) {
                text.append(text.isEmpty() ? "" : ",").append(label.text()).append("=\"").append(escaped(value)).append('"');
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(String value) {
        if (value.indexOf('\\') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0) {
            return value;
        }
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private void write(MetricsText text, Metric metric, Format format) throws IOException {
        int[] range = shown.get(metric);
        Lines lines = metric.type() == Metric.Type.COUNTER ? counter(text, metric) : histogram(text, metric);
        boolean first = true;
        for (Sample sample : samples.get(labels.get(metric))) {
            Arrays.fill(sums, 0);
            for (int s = 0; s < sample.series().size(); s++) {
                long[] numbers = sample.series().get(s).numbers();
                for (int i = 0; i < range.length; i++) {
                    sums[i] += numbers[range[i]];
                }
            }
            if (sample.overflow() && sums[0] == 0) {
                continue;
            }
            if (first) {
                boolean counts = metric.type() == Metric.Type.COUNTER;
                head(text, counts ? familyOfCounter(metric.text(), format) : metric.text(), counts ? "counter" : "histogram",
                        metric.help());
                first = false;
            }
            lines.write(sample.labels());
        }
    }

    /** Writes {@link #sums} under labels. */
    private interface Lines {
        void write(byte[] labels) throws IOException;
    }

    private Lines counter(MetricsText text, Metric metric) {
        byte[] start = ascii(metric.text() + "{");
        return labelled -> text.add(start).add(labelled).add(CLOSE).add(sums[0]).add(LINE);
    }

    private Lines histogram(MetricsText text, Metric metric) {
        byte[] bucket = ascii(metric.text() + "_bucket{");
        byte[] sum = ascii(metric.text() + "_sum{");
        byte[] count = ascii(metric.text() + "_count{");
        boolean thousandths = metric == Metric.REQUEST_DURATION_MILLISECONDS;
        return labelled -> {
            long below = 0;
            for (int i = 0; i < HistogramBounds.COUNT; i++) {
                below += sums[2 + i];
                text.add(bucket).add(labelled).add(BOUNDS[i]).add(below).add(LINE);
            }
            text.add(sum).add(labelled).add(CLOSE);
            if (thousandths) {
                text.addThousandths(sums[1]);
            } else {
                text.add(sums[1]);
            }
            text.add(LINE).add(count).add(labelled).add(CLOSE).add(sums[0]).add(LINE);
        };
    }

    private void writeStatus(MetricsText text, Format format) throws IOException {
        SlabReader.Status status = reader.status();
        gauge(text, "sockway_stats_slabs", "Envoys whose counts are read.", status.slabs());
        gauge(text, "sockway_stats_series", "Sets of labels that are shown.", status.series());
        gauge(text, "sockway_stats_unreadable_slabs", "Slabs of other builds of the plugin, or broken ones.", status.problems().size());
        String forgotten = "sockway_stats_series_forgotten_total";
        head(text, familyOfCounter(forgotten, format), "counter", "Sets of labels no longer shown since nothing had counted under them.");
        text.add(forgotten + " ").add(status.forgotten()).add(LINE);
        gauge(text, "sockway_stats_evictions", "Idle sets of labels that made room, in slabs that are read.", status.evictions());
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
