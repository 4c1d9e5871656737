package io.sockway.deploy.pod;

/** A container cannot find out about its pod; the message is one line with the remedy. */
public final class PodException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PodException(String message) {
        super(message);
    }
}
