package io.sockway.sockops;

/** Something that keeps the accelerator from working. The message is one line that names the thing and the remedy. */
public final class AcceleratorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AcceleratorException(String message) {
        super(message);
    }

    AcceleratorException(String message, Throwable cause) {
        super(message, cause);
    }
}
