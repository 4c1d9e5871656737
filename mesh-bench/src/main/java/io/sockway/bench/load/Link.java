package io.sockway.bench.load;

/** A connection that requests go over. For its worker's thread. */
interface Link {
    /** Writes a request; it goes out with the next {@link #flush}. Only when there is {@link #room}. */
    void send(long intendedNanos);

    /** Sends what was written. */
    void flush();

    /** How many more requests it takes now; 0 for ever once it is closed. */
    int room();

    /** When the oldest request without an answer was due; {@link Long#MAX_VALUE} if there is none. */
    long oldest();

    /** Requests without an answer. */
    int waiting();

    /** Ends it because of an error: all requests without an answer failed by it. */
    void fail(ErrorKind kind);
}
