package io.sockway.xds.stats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;

/**
 * What was counted under one set of labels, over all workers and all Envoys that wrote into the folder, since the reader began. Numbers
 * never decrease. Not safe for use by several threads: valid inside {@link SlabReader#forEach} only.
 */
public final class Series {
    /** What a series counts. */
    public enum Kind {
        HTTP,
        MESSAGES,
        TCP,
        /** Everything that had no room for a series of its own. */
        OVERFLOW;

        EnumSet<Label> without() {
            return switch (this) {
                case HTTP, OVERFLOW -> EnumSet.noneOf(Label.class);
                case MESSAGES -> EnumSet.of(Label.REQUEST_PROTOCOL, Label.RESPONSE_CODE, Label.GRPC_RESPONSE_STATUS, Label.RESPONSE_FLAGS,
                        Label.CONNECTION_SECURITY_POLICY);
                case TCP -> EnumSet.of(Label.RESPONSE_CODE, Label.GRPC_RESPONSE_STATUS);
            };
        }
    }

    /** What is added up, in the order of the slab. */
    public enum Counter {
        REQUESTS,
        REQUEST_BYTES,
        RESPONSE_BYTES,
        /** Requests whose duration is known. */
        DURATIONS,
        DURATION_MICROSECONDS,
        REQUEST_MESSAGES,
        RESPONSE_MESSAGES,
        TCP_OPENED,
        TCP_CLOSED,
        TCP_RECEIVED_BYTES,
        TCP_SENT_BYTES
    }

    static final int DURATION = Counter.values().length;
    static final int REQUEST_SIZE = DURATION + HistogramBounds.COUNT;
    static final int RESPONSE_SIZE = REQUEST_SIZE + HistogramBounds.COUNT;
    /** How many numbers a series has: its counters and three histograms. */
    static final int NUMBERS = RESPONSE_SIZE + HistogramBounds.COUNT;

    private static final String OVERFLOW_VALUE = "overflow";

    private final Kind kind;
    private final Map<Label, String> labels;
    private final long[] numbers = new long[NUMBERS];
    /** How many places in slabs add to this series at present. */
    private int places;
    private long abandonedNanos;

    private Series(Kind kind, Map<Label, String> labels) {
        this.kind = kind;
        this.labels = labels;
    }

    /** The series that has no labels of its own: every label is {@code overflow}. */
    static Series overflow() {
        Map<Label, String> labels = new EnumMap<>(Label.class);
        for (Label label : Label.values()) {
            labels.put(label, OVERFLOW_VALUE);
        }
        return new Series(Kind.OVERFLOW, labels);
    }

    /** The labels of a copied series. */
    static Series of(byte[] copy) {
        int bits = (int) SlabLayout.COPIED_INT.get(copy, SlabLayout.Entry.LABELS);
        Map<Label, String> labels = new EnumMap<>(Label.class);
        int at = SlabLayout.Entry.TEXT;
        int end = at + (int) SlabLayout.COPIED_INT.get(copy, SlabLayout.Entry.TEXT_BYTES);
        for (Label label : Label.values()) {
            if ((bits & label.bit()) == 0) {
                continue;
            }
            if (label.compareTo(SlabLayout.FIRST_TEXT) >= 0 && label.compareTo(SlabLayout.LAST_TEXT) <= 0) {
                int length = (short) SlabLayout.COPIED_SHORT.get(copy, at) & 0xffff;
                labels.put(label, length == 0 ? label.absent() : new String(copy, at + 2, length, StandardCharsets.UTF_8));
                at += 2 + length;
                if (at > end) {
                    throw new IllegalArgumentException("texts that are longer than they are together");
                }
            } else {
                labels.put(label, number(label, copy));
            }
        }
        return new Series(kind(copy), labels);
    }

    private static Kind kind(byte[] copy) {
        return Kind.values()[copy[SlabLayout.Entry.KIND] - 1];
    }

    /** The value of a label that the slab keeps as a number. */
    private static String number(Label label, byte[] copy) {
        return switch (label) {
            case REPORTER -> copy[SlabLayout.Entry.REPORTER] == 1 ? "source" : "destination";
            case REQUEST_PROTOCOL -> switch (copy[SlabLayout.Entry.PROTOCOL]) {
                case 1 -> "http";
                case 2 -> "grpc";
                case 3 -> "tcp";
                default -> label.absent();
            };
            case RESPONSE_CODE -> Integer.toString((short) SlabLayout.COPIED_SHORT.get(copy, SlabLayout.Entry.CODE) & 0xffff);
            case GRPC_RESPONSE_STATUS -> {
                int status = (short) SlabLayout.COPIED_SHORT.get(copy, SlabLayout.Entry.GRPC_STATUS) & 0xffff;
                yield status == SlabLayout.NO_GRPC_STATUS ? "" : Integer.toString(status);
            }
            case RESPONSE_FLAGS -> ResponseFlags.text((long) SlabLayout.COPIED_LONG.get(copy, SlabLayout.Entry.FLAGS),
                    kind(copy) != Kind.TCP);
            case CONNECTION_SECURITY_POLICY -> switch (copy[SlabLayout.Entry.POLICY]) {
                case 1 -> "none";
                case 2 -> "mutual_tls";
                default -> label.absent();
            };
            default -> throw new IllegalArgumentException("kept as text: " + label);
        };
    }

    /** What it counts. */
    public Kind kind() {
        return kind;
    }

    /** The value of a label as metrics show it; {@code unknown} if the series was counted without the label. */
    public String label(Label label) {
        return labels.getOrDefault(label, label.absent());
    }

    /** What was added up. */
    public long count(Counter counter) {
        return numbers[counter.ordinal()];
    }

    /**
     * How many requests took longer than one bound of {@link #durationBounds} and at most the next.
     *
     * @param bucket 0 for those up to the first bound; as many as there are bounds for those above the last
     */
    public long durations(int bucket) {
        return numbers[DURATION + bucket];
    }

    /** Upper bounds of the buckets of durations in milliseconds, the open one at the end without. */
    public static double[] durationBounds() {
        return Arrays.stream(HistogramBounds.ISTIO).mapToDouble(Double::parseDouble).toArray();
    }

    long[] numbers() {
        return numbers;
    }

    /** Nothing adds to it at present, and nothing has since then. */
    void abandoned(long nowNanos) {
        abandonedNanos = nowNanos;
    }

    void joined() {
        places++;
    }

    void left(long nowNanos) {
        places--;
        abandonedNanos = nowNanos;
    }

    /** Whether nothing has added to it for so long. */
    boolean abandonedFor(long nanos, long nowNanos) {
        return places == 0 && nowNanos - abandonedNanos >= nanos;
    }
}
