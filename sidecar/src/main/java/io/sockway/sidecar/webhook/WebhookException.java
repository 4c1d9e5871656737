package io.sockway.sidecar.webhook;

/** The webhook cannot serve; the message is one line with the remedy. */
public final class WebhookException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WebhookException(String message, Throwable cause) {
        super(message, cause);
    }
}
