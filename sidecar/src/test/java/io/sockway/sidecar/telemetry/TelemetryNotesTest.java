package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class TelemetryNotesTest {
    private static JsonObject status(String envoys, int overflows, int oversized, int unroomed, int evictions) {
        return JsonParser.parseString("""
                {"mode":"plugin","folder":"/run/f","profile":"dashboard","peers":3,"peersTrouble":"","envoys":[%s],"rejections":0,
                "slabs":1,"series":7,"maxSeries":16,"overflows":%d,"oversized":%d,"unroomed":%d,"evictions":%d,"problems":[]}"""
                .formatted(envoys, overflows, oversized, unroomed, evictions)).getAsJsonObject();
    }

    @Test
    void shouldSayOneLineWhereAllIsWell() {
        String envoy = "{\"id\":\"web\",\"version\":\"1.40.0\",\"supported\":true,\"rejection\":\"\"}";
        assertThat(TelemetryNotes.lines(status(envoy, 0, 0, 0, 0)))
                .containsExactly("7 sets of labels of 1 Envoy; 1 Envoy is connected, 3 peers, profile dashboard");
    }

    @Test
    void shouldTellOfOverflowAndEvictions() {
        assertThat(TelemetryNotes.lines(status("", 17, 3, 2, 4))).containsExactly(
                "7 sets of labels of 1 Envoy; no Envoy is connected, 3 peers, profile dashboard",
                "12 events were counted as 'overflow': --telemetry-max-series 16 is reached; raise it, or ask for fewer labels",
                "3 events were counted as 'overflow': their labels are too long together; ask for fewer (--telemetry-profile)",
                "2 events were counted as 'overflow': their labels are long, and there is no room for these in /run/f; enlarge it, "
                        + "or ask for fewer (--telemetry-profile)",
                "4 idle sets of labels made room for others");
    }
}
