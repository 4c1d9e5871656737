package io.sockway.bench.report;

/**
 * What a scenario set out to show under one load, and what was measured.
 *
 * @param text the measured figure with the limit, in one line
 * @param met whether it keeps to the limit
 */
public record Goal(String text, boolean met) {
    /** For people, in one line. */
    public String line() {
        return (met ? "Goal met: " : "Goal missed: ") + text;
    }
}
