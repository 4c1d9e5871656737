package io.sockway.xds.server;

/** A server that cannot run. The message is one line that names the thing and the remedy. */
public final class XdsServerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    XdsServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
