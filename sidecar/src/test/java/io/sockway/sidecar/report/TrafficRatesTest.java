package io.sockway.sidecar.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class TrafficRatesTest {
    private static JsonObject answer(long millis, String... rows) {
        return answer(millis, rows.length, rows);
    }

    private static JsonObject answer(long millis, int total, String... rows) {
        return JsonParser.parseString("{\"timeMillis\":%d,\"boundsMilliseconds\":[1,10,100],\"total\":%d,\"rows\":[%s],\"telemetry\":{}}"
                .formatted(millis, total, String.join(",", rows))).getAsJsonObject();
    }

    private static String row(String source, long requests, long errors, String durations, long received) {
        return """
                {"reporter":"destination","source":"%s","sourceNamespace":"n","destination":"d","destinationNamespace":"n","service":"s",
                "requests":%d,"errors":%d,"durations":%s,"opened":0,"closed":0,"received":%d,"sent":0}"""
                .formatted(source, requests, errors, durations, received);
    }

    private static JsonObject only(JsonObject rates) {
        return rates.getAsJsonArray("rows").get(0).getAsJsonObject();
    }

    @Test
    void shouldTellWhatHappenedBetween() {
        JsonObject rates = TrafficRates.between(answer(1000, row("a", 100, 1, "[100,0,0,0]", 50)),
                answer(3000, row("a", 120, 6, "[110,10,0,0]", 250), row("b", 100, 0, "[0,0,0,100]", 0)));

        JsonObject busiest = only(rates);
        assertThat(busiest.get("source").getAsString()).isEqualTo("b");
        assertThat(busiest.get("requestsPerSecond").getAsDouble()).isEqualTo(50);
        assertThat(busiest.get("p50").getAsDouble()).isEqualTo(100);
        JsonObject known = rates.getAsJsonArray("rows").get(1).getAsJsonObject();
        assertThat(known.get("requestsPerSecond").getAsDouble()).isEqualTo(10);
        assertThat(known.get("errorShare").getAsDouble()).isEqualTo(0.25);
        assertThat(known.get("receivedPerSecond").getAsDouble()).isEqualTo(100);
        // 10 of 20 took at most 1 ms, the others up to 10.
        assertThat(known.get("p50").getAsDouble()).isEqualTo(1);
        assertThat(known.get("p90").getAsDouble()).isEqualTo(1 + 9 * 0.8);
    }

    @Test
    void shouldSayNothingOfWhatDidNotHappen() {
        String same = row("a", 5, 0, "[5,0,0,0]", 0);
        JsonObject row = only(TrafficRates.between(answer(0, same), answer(1000, same)));

        assertThat(row.get("errorShare").isJsonNull()).isTrue();
        assertThat(row.get("p99").isJsonNull()).isTrue();
        assertThat(row.get("requestsPerSecond").getAsDouble()).isZero();
    }

    @Test
    void shouldTakeASidecarThatBeganAnewForOneThatCountsFromZero() {
        JsonObject row = only(TrafficRates.between(answer(0, row("a", 500, 0, "[500,0,0,0]", 900)),
                answer(1000, row("a", 20, 0, "[20,0,0,0]", 30))));

        assertThat(row.get("requestsPerSecond").getAsDouble()).isEqualTo(20);
        assertThat(row.get("receivedPerSecond").getAsDouble()).isEqualTo(30);
    }

    @Test
    void shouldTellNoShareAndNoPercentileOfHalfARow() {
        // More requests than before the restart, fewer errors: everything is from zero then.
        JsonObject row = only(TrafficRates.between(answer(0, row("a", 10, 10, "[0,0,0,10]", 5)),
                answer(1000, row("a", 12, 3, "[12,0,0,0]", 30))));

        assertThat(row.get("requestsPerSecond").getAsDouble()).isEqualTo(12);
        assertThat(row.get("errorShare").getAsDouble()).isEqualTo(0.25);
        assertThat(row.get("p99").getAsDouble()).isLessThanOrEqualTo(1);
        assertThat(row.get("receivedPerSecond").getAsDouble()).isEqualTo(30);
    }

    @Test
    void shouldNotTakeAPairForNewThatWasAmongThoseThatWereLeftOut() {
        JsonObject row = only(TrafficRates.between(answer(0, 2, row("a", 500, 0, "[500,0,0,0]", 900)),
                answer(1000, 2, row("b", 501, 1, "[501,0,0,0]", 7))));

        assertThat(row.get("requests").getAsLong()).isEqualTo(501);
        assertThat(row.get("requestsPerSecond").getAsDouble()).isZero();
        assertThat(row.get("p99").isJsonNull()).isTrue();
    }
}
