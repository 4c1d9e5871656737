package io.sockway.sidecar.admin;

import java.time.Duration;

/**
 * What clients may cost.
 *
 * @param connections at a time; one more closes the connection that has been silent for longest
 * @param unwrittenBytes of answers that clients have yet to read, over all connections; beyond, further large ones wait
 * @param bodyBytes of a request that are read and ignored
 * @param request from the connection, or from the answer before, to the end of a request
 * @param work from a request to its answer
 * @param write of an answer
 * @param patience of those who wait for the memory of an answer that is being written
 * @param linger from the last answer to the client's close
 */
record Limits(int connections, long unwrittenBytes, int bodyBytes, Duration request, Duration work, Duration write,
        Duration patience, Duration linger) {

    static final int REQUEST_LINE_BYTES = 2048;
    static final int HEADER_BYTES = 8192;

    static final Limits DEFAULT = new Limits(32, 4L << 20, 16 << 10, Duration.ofSeconds(60), Duration.ofSeconds(10),
            Duration.ofSeconds(30), Duration.ofSeconds(3), Duration.ofSeconds(1));
}
