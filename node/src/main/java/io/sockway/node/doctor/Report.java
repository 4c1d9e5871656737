package io.sockway.node.doctor;

import java.util.ArrayList;
import java.util.List;

/** Takes what the checks have to say. Not thread-safe. */
final class Report {
    private final List<Finding> findings = new ArrayList<>();
    private final List<Note> unseen = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();

    void found(Finding finding) {
        findings.add(finding);
    }

    void unseen(Area area, String text) {
        unseen.add(new Note(area, text));
    }

    void note(Area area, String text) {
        notes.add(new Note(area, text));
    }

    List<Finding> findings() {
        return findings;
    }

    List<Note> unseen() {
        return unseen;
    }

    List<Note> notes() {
        return notes;
    }
}
