package io.sockway.bench.lab;

/** The lab was closed while it was in use: a signal asked the process to end. */
public final class LabClosedException extends LabException {
    private static final long serialVersionUID = 1L;

    public LabClosedException() {
        super("the lab is closed");
    }
}
