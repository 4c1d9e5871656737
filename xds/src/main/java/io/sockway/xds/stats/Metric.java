package io.sockway.xds.stats;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A metric of Istio's that is counted by request, message or connection. */
public enum Metric {
    REQUESTS_TOTAL("Requests handled.", Type.COUNTER, Series.Kind.HTTP),
    REQUEST_DURATION_MILLISECONDS("How long requests took until the last byte was answered.", Type.HISTOGRAM, Series.Kind.HTTP),
    REQUEST_BYTES("Sizes of requests, headers and body.", Type.HISTOGRAM, Series.Kind.HTTP),
    RESPONSE_BYTES("Sizes of responses, headers and body.", Type.HISTOGRAM, Series.Kind.HTTP),
    REQUEST_MESSAGES_TOTAL("gRPC messages from clients.", Type.COUNTER, Series.Kind.MESSAGES),
    RESPONSE_MESSAGES_TOTAL("gRPC messages to clients.", Type.COUNTER, Series.Kind.MESSAGES),
    TCP_CONNECTIONS_OPENED_TOTAL("TCP connections opened.", Type.COUNTER, Series.Kind.TCP),
    TCP_CONNECTIONS_CLOSED_TOTAL("TCP connections closed.", Type.COUNTER, Series.Kind.TCP),
    TCP_SENT_BYTES_TOTAL("Bytes sent to clients over TCP.", Type.COUNTER, Series.Kind.TCP),
    TCP_RECEIVED_BYTES_TOTAL("Bytes received from clients over TCP.", Type.COUNTER, Series.Kind.TCP);

    enum Type {
        COUNTER,
        HISTOGRAM
    }

    private final String text = "istio_" + name().toLowerCase(Locale.ROOT);
    private final String help;
    private final Type type;
    private final Series.Kind kind;
    private final Set<Label> labels;

    Metric(String help, Type type, Series.Kind kind) {
        this.help = help;
        this.type = type;
        this.kind = kind;
        this.labels = EnumSet.complementOf(kind.without());
    }

    /** The name, like {@code istio_requests_total}. */
    public String text() {
        return text;
    }

    /** The labels that Istio gives this metric: 25 for requests, 23 for TCP, 20 for messages. */
    public Set<Label> labels() {
        return EnumSet.copyOf(labels);
    }

    /** The metric of this name, with or without {@code istio_}. */
    public static Optional<Metric> of(String text) {
        return Stream.of(values()).filter(metric -> metric.text.equals(text) || metric.text.equals("istio_" + text)).findFirst();
    }

    String help() {
        return help;
    }

    Type type() {
        return type;
    }

    Series.Kind kind() {
        return kind;
    }
}
