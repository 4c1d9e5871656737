package io.sockway.node.doctor;

import java.util.List;
import java.util.Locale;

/** A diagnosis for people. */
public final class DiagnosisText {
    private static final int WIDTH = 120;
    private static final String INDENT = "           ";

    private DiagnosisText() {
    }

    /** The whole of it, with a line break at its end. */
    public static String of(Diagnosis diagnosis) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%s on this node: Linux %s, %s, seen over %.1f s%n",
                diagnosis.healthy() ? "Nothing found" : Figures.plural(diagnosis.findings().size(), "finding"), diagnosis.kernel(),
                Figures.plural(diagnosis.cpus(), "CPU"), diagnosis.seconds()));
        for (Finding finding : diagnosis.findings()) {
            text.append(String.format("%n%s  %s (%s)%n", finding.severity().name(), finding.id(), finding.area().title()));
            finding.evidence().forEach(line -> wrapped(text, "seen", line));
            wrapped(text, "why", finding.why());
            wrapped(text, "remedy", finding.remedy());
            wrapped(text, "sure", finding.confidence().label() + "; more in " + finding.page());
        }
        notes(text, "Not seen", diagnosis.unseen());
        notes(text, "Not findings, but worth knowing", diagnosis.notes());
        return text.toString();
    }

    private static void notes(StringBuilder text, String title, List<Note> notes) {
        if (!notes.isEmpty()) {
            text.append(String.format("%n%s%n", title));
            notes.forEach(note -> wrapped(text, "", note.area().title() + ": " + note.text()));
        }
    }

    private static void wrapped(StringBuilder text, String label, String words) {
        StringBuilder line = new StringBuilder(label.isEmpty() ? "  " : String.format("  %-9s", label));
        String indent = label.isEmpty() ? "    " : INDENT;
        int start = line.length();
        for (String word : words.split(" ")) {
            if (line.length() > start && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append(System.lineSeparator());
                line = new StringBuilder(indent);
                start = indent.length();
            }
            line.append(line.length() > start ? " " : "").append(word);
        }
        text.append(line).append(System.lineSeparator());
    }
}
