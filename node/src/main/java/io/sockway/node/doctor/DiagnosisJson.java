package io.sockway.node.doctor;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** A diagnosis for programs. */
public final class DiagnosisJson {
    private DiagnosisJson() {
    }

    /** {@code findings[] {id, area, severity, evidence[], why, remedy, confidence, page}}, {@code unseen[]} and {@code notes[]}. */
    public static JsonObject of(Diagnosis diagnosis) {
        JsonObject root = new JsonObject();
        root.addProperty("kernel", diagnosis.kernel());
        root.addProperty("cpus", diagnosis.cpus());
        root.addProperty("seconds", Math.round(diagnosis.seconds() * 1000) / 1000.0);
        root.addProperty("healthy", diagnosis.healthy());
        JsonArray findings = new JsonArray();
        diagnosis.findings().forEach(finding -> findings.add(json(finding)));
        root.add("findings", findings);
        root.add("unseen", notes(diagnosis.unseen(), "what"));
        root.add("notes", notes(diagnosis.notes(), "text"));
        return root;
    }

    private static JsonObject json(Finding finding) {
        JsonObject one = new JsonObject();
        one.addProperty("id", finding.id());
        one.addProperty("area", finding.area().label());
        one.addProperty("severity", finding.severity().label());
        JsonArray evidence = new JsonArray();
        finding.evidence().forEach(evidence::add);
        one.add("evidence", evidence);
        one.addProperty("why", finding.why());
        one.addProperty("remedy", finding.remedy());
        one.addProperty("confidence", finding.confidence().label());
        one.addProperty("page", finding.page());
        return one;
    }

    private static JsonArray notes(List<Note> notes, String key) {
        JsonArray all = new JsonArray();
        for (Note note : notes) {
            JsonObject one = new JsonObject();
            one.addProperty("area", note.area().label());
            one.addProperty(key, note.text());
            all.add(one);
        }
        return all;
    }
}
