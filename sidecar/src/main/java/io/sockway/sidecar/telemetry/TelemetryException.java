package io.sockway.sidecar.telemetry;

/** Telemetry cannot start as asked. The message is one line that names the thing and the remedy. */
public final class TelemetryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TelemetryException(String message) {
        super(message);
    }

    TelemetryException(String message, Throwable cause) {
        super(message, cause);
    }
}
