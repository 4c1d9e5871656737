package io.sockway.sockops;

import java.util.Locale;

/** How far a flow has come. Mirrors {@code enum flow_state} of layout.h. */
public enum FlowState {
    /** Both ends are known; plain TCP, watched. */
    PAIRED,
    /** One end is in the sockhash; still plain TCP. */
    ENROLLING,
    /** Both ends are in the sockhash: messages may be redirected. */
    ACTIVE,
    /** No message is redirected any more. */
    LEAVE_ASKED,
    /** The same, and each end is taken out once it is drained. */
    LEAVING,
    /** One end has closed. */
    CLOSED;

    /** The name as the command line and JSON have it. */
    public String label() {
        return this == LEAVE_ASKED ? LEAVING.label() : name().toLowerCase(Locale.ROOT);
    }
}
