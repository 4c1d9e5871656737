package io.sockway.node.tune;

import io.sockway.node.doctor.Area;
import java.util.List;
import java.util.Optional;

/** Plans and outcomes for people. */
public final class TuneText {
    private TuneText() {
    }

    /** The plan by area: each change with its reason, what is refused and why, and how much is as it should be. */
    public static String of(Plan plan) {
        StringBuilder text = new StringBuilder();
        for (Area area : Area.values()) {
            List<Plan.Step> steps = plan.steps().stream().filter(step -> step.proposal().area() == area)
                    .filter(step -> step.changes() || step.refusal().isPresent()).toList();
            if (!steps.isEmpty()) {
                text.append(String.format("%s (%s)%n", area.title(), area.label()));
                steps.forEach(step -> line(text, step));
            }
        }
        long kept = plan.steps().stream().filter(step -> step.refusal().isEmpty() && !step.changes()).count();
        text.append(String.format("%s, %d as %s should be, %d "
                + "refused%n", count(plan.changes().size(), "change"), kept, kept == 1 ? "it" : "they",
                plan.refused().size()));
        return text.toString();
    }

    private static void line(StringBuilder text, Plan.Step step) {
        Optional<String> refusal = step.refusal();
        text.append(String.format("  %-52s %s%n", step.proposal().target().key(), refusal.isPresent() ? "refused: " + refusal.get()
                : shown(step.now().orElse("")) + " -> " + shown(step.proposal().value())));
        text.append(String.format("      %s%n", step.proposal().reason()));
    }

    /** One line for each outcome. */
    public static String of(List<Outcome> outcomes) {
        StringBuilder text = new StringBuilder();
        outcomes.forEach(outcome -> text.append(String.format("  %-52s %s%s%n", outcome.key(), outcome.done() ? "" : "FAILED: ",
                outcome.text().replace('\t', ' '))));
        return text.toString();
    }

    /** A value on one line, also one that is empty. */
    static String shown(String value) {
        return value.isEmpty() ? "(empty)" : value.replace('\t', ' ');
    }

    private static String count(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }
}
