package io.sockway.bench.load;

import io.sockway.bench.lab.LabException;

/** There was no load: nothing could be connected to, or nothing answered. The message names the target and the reason. */
public final class LoadException extends LabException {
    private static final long serialVersionUID = 1L;

    LoadException(String message) {
        super(message);
    }
}
