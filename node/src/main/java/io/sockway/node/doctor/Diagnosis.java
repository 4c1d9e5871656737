package io.sockway.node.doctor;

import java.util.List;

/**
 * What one look at a node gave.
 *
 * @param seconds between the two samples
 * @param findings worst first
 * @param unseen what could not be looked at, and why
 * @param notes what is worth knowing and no finding, for example counters that moved since boot and not now
 */
public record Diagnosis(String kernel, int cpus, double seconds, List<Finding> findings, List<Note> unseen, List<Note> notes) {
    /** Copies the lists. */
    public Diagnosis {
        findings = List.copyOf(findings);
        unseen = List.copyOf(unseen);
        notes = List.copyOf(notes);
    }

    /** Whether nothing was found. */
    public boolean healthy() {
        return findings.isEmpty();
    }
}
