package io.sockway.node.host;

/** Something that the node refused. The message is one line for people. */
public final class HostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Says what was refused and why. */
    public HostException(String message) {
        super(message);
    }
}
