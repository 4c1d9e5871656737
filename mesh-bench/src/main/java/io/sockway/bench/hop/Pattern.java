package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Who sends what when. */
enum Pattern implements Named {
    /** One request at a time, each answered by a message of its own size. */
    PING_PONG("ping-pong", 1),
    /** The client sends message after message, and the server only reads. */
    STREAM("stream", Integer.MAX_VALUE),
    /** Up to 16 requests on their way at a time, each answered by a message of its own size. */
    IN_FLIGHT("16 in flight", 16),
    /** For each request a connection of its own, which the server closes after its answer. */
    CONNECT("connect, request, close", 1),
    /** wrk asks nginx for a file of the size, one request at a time on each of its connections. */
    HTTP("keep-alive HTTP", 1);

    private static final Set<Size> BODIES = EnumSet.of(Size.B100, Size.K4, Size.K64);
    private static final Set<Size> MESSAGES = EnumSet.complementOf(EnumSet.of(Size.B100));
    private static final List<Integer> HTTP_CONNECTIONS = List.of(1, 32);

    private final String label;
    private final int window;

    Pattern(String label, int window) {
        this.label = label;
        this.window = window;
    }

    @Override
    public String label() {
        return label;
    }

    /** How many requests may be unanswered at a time on a connection. */
    int window() {
        return window;
    }

    /** How many messages travel for each request. */
    int messagesPerRequest() {
        return this == STREAM ? 1 : 2;
    }

    /** Those that it is measured with. */
    boolean has(Size size) {
        return (this == HTTP ? BODIES : MESSAGES).contains(size);
    }

    /** With how many connections at a time it is measured. */
    List<Integer> connections() {
        return this == HTTP ? HTTP_CONNECTIONS : List.of(1);
    }
}
