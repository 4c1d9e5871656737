package io.sockway.bench.hop;

/** Who sends what when. */
enum Pattern implements Named {
    /** One request at a time, each answered by a message of its own size. */
    PING_PONG("ping-pong", "ping-pong", 1),
    /** The client sends message after message, and the server only reads. */
    STREAM("stream", "stream", Integer.MAX_VALUE),
    /** Up to 16 requests on their way at a time, each answered by a message of its own size. */
    IN_FLIGHT("in-flight", "16 in flight", 16),
    /** For each request a connection of its own, which the server closes after its answer. */
    CONNECT("connect", "connect, request, close", 1);

    private final String option;
    private final String label;
    private final int window;

    Pattern(String option, String label, int window) {
        this.option = option;
        this.label = label;
        this.window = window;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }

    /** How many requests may be unanswered at a time. */
    int window() {
        return window;
    }

    /** How many messages travel for each request. */
    int messagesPerRequest() {
        return this == STREAM ? 1 : 2;
    }
}
