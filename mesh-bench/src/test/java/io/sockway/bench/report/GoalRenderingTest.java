package io.sockway.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoalRenderingTest {
    private static final Goal MET = new Goal("x1.05 of <none>; at most x1.10", true);
    private static final Goal MISSED = new Goal("x0.90 of mixer; at most x0.80", false);

    private final Report plain = Samples.report(Samples.plain(), Samples.sockway());
    private final Report report = new Report(plain.scenario(), plain.command(), plain.started(), plain.machine(), plain.comparisons(),
            plain.skipped(), plain.redone(), List.of(MET, MISSED));

    @Test
    void shouldTellGoalsLastOnATerminal() {
        assertThat(TextReport.render(report)).endsWith("\n\nGoal met: x1.05 of <none>; at most x1.10\n"
                + "Goal missed: x0.90 of mixer; at most x0.80\n");
        assertThat(TextReport.render(plain)).doesNotContain("Goal");
    }

    @Test
    void shouldTellGoalsOnThePage() {
        HtmlReport.Words words = new HtmlReport.Words("title", "subtitle", Map.of());

        assertThat(HtmlReport.render(report, words)).contains("<li><b>Met:</b> x1.05 of &lt;none&gt;; at most x1.10</li>",
                "<li><b>Missed:</b> x0.90 of mixer; at most x0.80</li>");
        assertThat(HtmlReport.render(plain, words)).doesNotContain("Goals");
    }

    @Test
    void shouldTellGoalsToPrograms() {
        assertThat(JsonReport.render(report)).contains("\"goals\": [").contains("\"met\": false");
        assertThat(JsonReport.render(plain)).doesNotContain("goals");
    }
}
