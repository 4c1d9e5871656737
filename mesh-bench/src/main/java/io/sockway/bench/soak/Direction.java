package io.sockway.bench.soak;

/** One of the two byte streams of a connection. */
enum Direction {
    /** Client to server. */
    UP,
    /** Server to client. */
    DOWN;

    String words() {
        return this == UP ? "client to server" : "server to client";
    }
}
