package io.sockway.sidecar.cli;

/** A command that could not do what it was asked. The message is one line for stderr. */
final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
        super(message);
    }
}
