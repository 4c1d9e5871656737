package io.sockway.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class RenderingTest {
    private final Report report = Samples.report(Samples.plain(), Samples.sockway());
    private final String html = HtmlReport.render(report,
            new HtmlReport.Words(Samples.HOSTILE, Samples.HOSTILE, Map.of(Samples.HOSTILE, Samples.HOSTILE)));

    @Test
    void shouldEscapeAllThatMarkupGivesAMeaningTo() {
        assertThat(Html.escape("<a href=\"x\" id='y'>&</a>")).isEqualTo("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
        assertThat(Html.escape("4 \u00b5s \u2192 \ud83d\ude00")).isEqualTo("4 \u00b5s \u2192 \ud83d\ude00");
    }

    @Test
    void shouldLetNoTextOfTheRunBecomeMarkup() {
        assertThat(html).doesNotContain("<script").contains(Html.escape(Samples.HOSTILE));
    }

    @Test
    void shouldNeedNothingFromElsewhere() {
        assertThat(html).doesNotContainPattern("(?i)(src|href)\\s*=|url\\(|@import|https?:").doesNotContain("{{");
    }

    @Test
    void shouldDrawOnePlotForEachMetricWithADotForEachRound() {
        var plots = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(html).results().map(MatchResult::group).toList();

        assertThat(plots).hasSize(4 + 2).satisfies(all -> assertThat(all.subList(0, 4)).allSatisfy(plot ->
                assertThat(plot.split("<circle", -1)).hasSize(1 + 3 + 3))).allSatisfy(plot -> {
            assertThatCode(() -> DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(plot))))
                    .doesNotThrowAnyException();
        });
    }

    @Test
    void shouldPlotASingleRound() {
        assertThat(StripPlot.render("p50", List.of(new StripPlot.Row("plain", List.of(5.0))), Metric.LATENCY_P50::format))
                .contains("<circle").doesNotContain("NaN");
    }

    @Test
    void shouldPrintFiguresAndProofInPlainAscii() {
        String text = TextReport.render(report);

        assertThat(text).contains("Requests per second", "11,000", "x1.15 (1.10-1.20)", "app to Envoy", "640.0", "0.4",
                "144 flows paired; 6 MB in 12,000 messages redirected, 0 MB by TCP", "took TCP: keepalive 15");
        assertThat(text.chars()).allMatch(character -> character < 128);
    }

    @Test
    void shouldRemarkOnRoundsThatDoNotCount() {
        Report disturbed = Samples.report(Samples.plain(), Samples.disturbed(Samples.sockway(), 1));

        assertThat(TextReport.render(disturbed)).contains("Medians of 2 rounds",
                "Note: 1 of 3 rounds do not count: other processes used up to 12 % of the CPUs");
    }

    @Test
    void shouldRemarkWhenAllRoundsWereDisturbed() {
        Report disturbed = Samples.report(Samples.plain(), Samples.disturbed(Samples.sockway(), 0, 1, 2));

        assertThat(TextReport.render(disturbed)).contains("Medians of 3 rounds", "Note: every round was disturbed",
                "but disturbed rounds cannot tell luck from gain");
    }

    @Test
    void shouldGiveProgramsEveryRoundAndEveryRatio() {
        JsonObject json = JsonParser.parseString(JsonReport.render(report)).getAsJsonObject();

        assertThat(json.keySet()).contains("format", "scenario", "command", "machine", "variants", "ratios");
        JsonObject variant = json.getAsJsonArray("variants").get(1).getAsJsonObject();
        assertThat(variant.get("name").getAsString()).isEqualTo("sockway");
        assertThat(variant.get("valid").getAsBoolean()).isTrue();
        JsonObject round = variant.getAsJsonArray("rounds").get(0).getAsJsonObject();
        assertThat(round.get("rps").getAsDouble()).isEqualTo(12_000);
        assertThat(round.get("p50_us").getAsDouble()).isEqualTo(1_000);
        assertThat(round.get("cpu_us_per_request").getAsDouble()).isEqualTo(100);
        JsonObject ratio = json.getAsJsonArray("ratios").get(0).getAsJsonObject();
        assertThat(ratio.toString()).isEqualTo("{\"variant\":\"sockway\",\"baseline\":\"plain\",\"metric\":\"rps\","
                + "\"median\":1.15,\"min\":1.1,\"max\":1.2,\"load\":\"16 connections, 350 B\"}");
    }
}
