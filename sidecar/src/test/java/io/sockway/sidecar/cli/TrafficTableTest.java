package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficTableTest {
    private static JsonObject rates(int rows, int total) {
        return JsonParser.parseString("{\"total\":%d,\"rows\":[%s]}".formatted(total, IntStream.range(0, rows).mapToObj(i -> """
                {"reporter":"source","source":"a-workload-with-a-long-name-%d","sourceNamespace":"its-namespace","destination":"reviews-v1",
                "destinationNamespace":"apps","service":"reviews.apps.svc.cluster.local","requestsPerSecond":12.5,"errorShare":0.25,
                "p50":0.5,"p90":null,"p99":120.0,"receivedPerSecond":2048,"sentPerSecond":0}""".formatted(i))
                .collect(Collectors.joining(",")))).getAsJsonObject();
    }

    @Test
    void shouldShowEverythingWhereThereIsNoScreen() {
        List<String> lines = TrafficTable.lines(rates(200, 200), Integer.MAX_VALUE, Integer.MAX_VALUE);

        assertThat(lines).hasSize(201);
        assertThat(lines.getFirst()).startsWith("BY   SOURCE").endsWith("TCP IN/S  TCP OUT/S");
        assertThat(lines.getLast()).matches("src  a-workload-with-a-long-name-199\\.its-nam…  reviews-v1\\.apps  "
                + "reviews\\.apps\\.svc\\.cluster\\.local +12\\.5  25\\.0 % +0\\.50 +- +120 +2\\.0 KiB +-");
    }

    @ParameterizedTest
    @CsvSource({"200, 50", "106, 24", "80, 24", "60, 20", "40, 10", "20, 5", "10, 1"})
    void shouldFitTheScreen(int columns, int rows) {
        List<String> lines = TrafficTable.lines(rates(100, 300), columns, rows);

        assertThat(lines).hasSizeLessThanOrEqualTo(Math.max(3, rows))
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
        assertThat(lines.getLast()).isEqualTo(TrafficTable.cut("and %d more".formatted(300 - (lines.size() - 2)), columns));
        if (columns >= 60) {
            assertThat(lines.getFirst()).contains("SOURCE", "DESTINATION", "REQ/S", "5XX");
        }
    }

    @Test
    void shouldSayNothingOfMoreWhereAllFit() {
        assertThat(TrafficTable.lines(rates(3, 3), 80, 4)).hasSize(4).last().asString().contains("a-workload");
        assertThat(TrafficTable.lines(rates(3, 3), 80, 3)).hasSize(3).last().isEqualTo("and 2 more");
        assertThat(TrafficTable.lines(rates(0, 0), 10, 3)).containsExactly("nothing w…");
    }

    @Test
    void shouldNotHandNamesToTheTerminalThatSteerIt() {
        JsonObject hostile = rates(1, 1);
        hostile.getAsJsonArray("rows").get(0).getAsJsonObject().addProperty("source", "a\u001b[2J\u0007\nb\u009bc");

        assertThat(TrafficTable.lines(hostile, 200, 10)).hasSize(2).last().asString().contains("a\ufffd[2J\ufffd b\ufffdc.its-namespace");
        assertThat(Lines.printable("refused:\nwords \u001b]0;x\u0007 ä")).isEqualTo("refused:\nwords \ufffd]0;x\ufffd ä");
    }

    @Test
    void shouldNotShowOneNameAsAnother() {
        assertThat(TrafficTable.cut("a\u202edrow\u202c\u200bb\u2028c", 20)).isEqualTo("a\ufffddrow\ufffd\ufffdb\ufffdc");
    }

    @Test
    void shouldKeepColumnsWhereCharactersAreWideOrTakeNone() {
        assertThat(TrafficTable.cut("\u6d4b\u8bd5\u5de5\u4f5c", 7)).isEqualTo("\u6d4b\u8bd5\u5de5\u2026");
        assertThat(TrafficTable.cut("a\ud83d\ude00\ud83d\ude00", 4)).isEqualTo("a\ud83d\ude00\u2026");
        assertThat(TrafficTable.cut("e\u0301a\u0302u", 3)).isEqualTo("e\u0301a\u0302u");
        JsonObject wide = rates(2, 2);
        wide.getAsJsonArray("rows").get(0).getAsJsonObject().addProperty("source", "\u6d4b".repeat(50));
        // Numbers end each line, to the right.
        assertThat(TrafficTable.lines(wide, 80, 10)).hasSize(3).extracting(ScreenWidth::of).allMatch(width -> width <= 80)
                .containsOnly(ScreenWidth.of(TrafficTable.lines(wide, 80, 10).getFirst()));
    }
}
