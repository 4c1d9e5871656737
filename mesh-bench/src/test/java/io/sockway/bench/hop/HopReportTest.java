package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HopReportTest {
    private static final CellResult FASTER = Grids.cell(Size.B64, 6.4, 6.6, 7.5);
    private static final CellResult SLOWER = Grids.cell(Size.K4, 10.5, 11.2, 11.9);
    private static final CellResult DOUBTFUL = Grids.cell(Size.M1, 9.9, 10.4, 10.6);

    private final HopReport report = Grids.report(FASTER, SLOWER, DOUBTFUL);

    @Test
    void shouldMarkWhatIsSlowerBeyondTheNoise() {
        assertThat(FASTER.mark(Variant.SOCKWAY, Quantity.TIME)).isEqualTo(CellResult.Mark.NONE);
        assertThat(SLOWER.mark(Variant.SOCKWAY, Quantity.TIME)).isEqualTo(CellResult.Mark.SLOWER);
        assertThat(DOUBTFUL.mark(Variant.SOCKWAY, Quantity.CPU)).isEqualTo(CellResult.Mark.DOUBTFUL);
        assertThat(Grids.cell(Size.B1, 12).mark(Variant.SOCKWAY, Quantity.TIME)).isEqualTo(CellResult.Mark.DOUBTFUL);
        assertThat(Grids.cell(Size.B1, 10.2, 10.2).mark(Variant.SOCKWAY, Quantity.TIME)).isEqualTo(CellResult.Mark.NONE);
    }

    @Test
    void shouldPrintTheGridWithMarksAndProof() {
        assertThat(HopText.render(report).lines()).containsSubsequence(
                "ping-pong                                64 B  4 KiB  1 MiB",
                "same core, REDIRECT, v4-mapped  TCP us  10.00  10.00  10.00",
                "                                  time   0.66  1.12!  1.04?",
                "                                   CPU   0.66  1.12!  1.04?",
                "                                by TCP   25 %   25 %   25 %",
                "Sockway, time: 1.04 of plain TCP's in the middle cell, 0.66 in the best, 1.12 in the worst; 3 cells: 1 slower, "
                        + "1 perhaps.");
    }

    @Test
    void shouldGiveHttpALineForEachNumberOfConnectionsAndOnlyItsSizes() {
        HopReport both = Grids.report(FASTER, http(1, Size.B100, 7), http(1, Size.K64, 9.5), http(32, Size.B100, 8));

        assertThat(HopText.render(both).lines()).containsSubsequence(
                "ping-pong                                64 B",
                "keep-alive HTTP                                  100 B  64 KiB",
                "1 connection, same core, direct, IPv4    TCP us  10.00   10.00",
                "                                           time   0.70    0.95",
                "32 connections, same core, direct, IPv4  TCP us  10.00       -");
        assertThat(HopHtml.render(both)).contains("<h2>keep-alive HTTP</h2>", "<table class=\"heat\" style=\"--columns:2\">",
                "<th>32 connections, same core, direct, IPv4</th>",
                "<thead><tr><th></th><th>100 B</th><th>64 KiB</th></tr></thead>", "wrk with one thread");
        JsonObject json = JsonParser.parseString(HopJson.render(both)).getAsJsonObject().getAsJsonArray("cells").get(3).getAsJsonObject();
        assertThat(json.get("pattern").getAsString()).isEqualTo("http");
        assertThat(json.get("connections").getAsInt()).isEqualTo(32);
    }

    @Test
    void shouldDrawTheHeatMapWithoutAnythingFromElsewhere() {
        assertThat(HopHtml.render(report))
                .contains("<td class=\"better\" style=\"--p:60%\"", "<b>0.66</b><small>0.64\u20130.75</small><small>TCP 25 %</small>")
                .contains("<td class=\"worse\" style=\"--p:16%\"", "<b>1.12!</b>", "<b>1.04?</b>")
                .contains("prefers-color-scheme: dark", "same core, REDIRECT, v4-mapped", "a CPU, 2 CPUs used")
                .contains("<code>./sockway bench hop --html &#39;a &amp; b&#39;</code>")
                .doesNotContain("{{", "http:", "https:", "<script");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0.5, 100", "2, 100", "0.1, 100", "1.4142135, 50", "0.7071068, 50"})
    void shouldColourBothSidesOfOneAlike(double ratio, double strength) {
        assertThat(HopHtml.strength(ratio)).isEqualTo(strength, offset(0.01));
    }

    private static CellResult http(int connections, Size size, double micros) {
        return Grids.cell(new Cell(Pattern.HTTP, connections, size, Placement.SAME, Route.DIRECT, Family.IPV4), micros);
    }

    @Test
    void shouldGiveProgramsAllFigures() {
        JsonObject json = JsonParser.parseString(HopJson.render(report)).getAsJsonObject();

        assertThat(json.get("command").getAsString()).startsWith("./sockway bench hop");
        assertThat(json.getAsJsonArray("cells")).hasSize(3);
        JsonObject cell = json.getAsJsonArray("cells").get(1).getAsJsonObject();
        assertThat(cell.get("bytes").getAsInt()).isEqualTo(4_096);
        assertThat(cell.get("route").getAsString()).isEqualTo("redirect");
        JsonObject sockway = cell.getAsJsonObject("variants").getAsJsonObject("sockway");
        assertThat(sockway.getAsJsonObject("time_ratio").get("median").getAsDouble()).isEqualTo(1.12);
        assertThat(sockway.get("time_mark").getAsString()).isEqualTo("slower");
        assertThat(sockway.get("tcp_share").getAsDouble()).isEqualTo(0.25);
        assertThat(sockway.getAsJsonArray("rounds")).hasSize(3);
    }
}
