package io.sockway.node.doctor;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that holds the node back.
 *
 * @param id stable name; {@code docs/findings/ID.md} explains it
 * @param evidence what was seen: the counter, its rate and where it was read
 * @param why why it matters
 * @param remedy what to do, with the exact setting
 */
public record Finding(String id, Area area, Severity severity, Confidence confidence, List<String> evidence, String why, String remedy) {
    /** Copies the list. */
    public Finding {
        evidence = List.copyOf(evidence);
    }

    /** Where it is explained, relative to the project's root. */
    public String page() {
        return "docs/findings/" + id + ".md";
    }

    /** Begins a finding of this id. */
    static Builder of(String id, Area area) {
        return new Builder(id, area);
    }

    /** Collects the parts by name. */
    static final class Builder {
        private final String id;
        private final Area area;
        private final List<String> evidence = new ArrayList<>();
        private String why = "";
        private String remedy = "";

        private Builder(String id, Area area) {
            this.id = id;
            this.area = area;
        }

        Builder seen(String line) {
            evidence.add(line);
            return this;
        }

        Builder seen(List<String> lines) {
            evidence.addAll(lines);
            return this;
        }

        Builder why(String text) {
            this.why = text;
            return this;
        }

        Builder remedy(String text) {
            this.remedy = text;
            return this;
        }

        Finding rated(Severity severity, Confidence confidence) {
            return new Finding(id, area, severity, confidence, evidence, why, remedy);
        }
    }
}
