package io.sockway.sidecar.admin;

/** The admin server could not start. The message is one line that names the address and the remedy. */
public final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AdminException(String message, Throwable cause) {
        super(message, cause);
    }
}
