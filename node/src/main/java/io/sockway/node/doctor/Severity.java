package io.sockway.node.doctor;

import java.util.Locale;

/** How bad a finding is, worst first. */
public enum Severity {
    /** Requests fail or are lost now. */
    CRITICAL,
    /** Something is lost or slow now, and recovers. */
    WARNING,
    /** Nothing is lost; time or CPU is given away. */
    ADVICE;

    /** The name in text and JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
