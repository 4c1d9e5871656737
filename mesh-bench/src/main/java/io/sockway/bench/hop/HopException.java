package io.sockway.bench.hop;

/** An end of a hop cannot go on, or saw bytes that it should not have seen; the message is one line. */
final class HopException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HopException(String message) {
        super(message);
    }

    HopException(String message, Throwable cause) {
        super(message, cause);
    }
}
