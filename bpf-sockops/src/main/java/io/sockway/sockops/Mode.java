package io.sockway.sockops;

import java.util.Locale;

/** What the gate does with messages that it could redirect. Mirrors {@code enum mode} of layout.h. */
public enum Mode {
    /** Redirect them. */
    ON,
    /** All new bytes take TCP, and flows leave the sockhash. */
    PAUSED,
    /** Count them and let them pass to TCP. */
    OBSERVE;

    /** The name as the command line and JSON have it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
