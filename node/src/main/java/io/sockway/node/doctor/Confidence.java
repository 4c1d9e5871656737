package io.sockway.node.doctor;

import java.util.Locale;

/** How sure a finding is of its cause and remedy. */
public enum Confidence {
    /** The kernel counts exactly this. */
    HIGH,
    /** The symptom is counted; the cause is the usual one. */
    MEDIUM,
    /** The symptom has several usual causes. */
    LOW;

    /** The name in text and JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
