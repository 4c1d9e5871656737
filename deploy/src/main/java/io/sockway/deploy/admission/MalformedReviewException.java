package io.sockway.deploy.admission;

/** A request that is no admission review; the message is one line for the sender. */
public final class MalformedReviewException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedReviewException(String message) {
        super(OneLine.of(message));
    }
}
