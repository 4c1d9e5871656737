package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SockwayStatusTest {
    @Test
    void shouldReadWhatItKnowsAndPassOverTheRest() {
        assertThat(SockwayStatus.parse("""
                {"version": "0.1.0", "state": "active", "attachments": [{"cgroup": "/a", "state": "active"}],
                 "flows": {"paired": 32, "unpaired": 1, "more": 5}, "bytes": {"redirected": 1000, "tcp": 20},
                 "messages": {"redirected": 10, "tcp": 2}, "passes": {"keepalive": 2}, "kernel": {"release": "6.1", "features": {}}}
                """)).isEqualTo(new SockwayStatus("0.1.0", 32, 1, 1000, 20, 10, 2, Map.of("keepalive", 2L), Set.of()));
    }

    /** Recorded with the probe's answer turned round, under wrk with 64 KiB bodies. */
    @Test
    void shouldNameWhoAsksFionreadOnlyWhereTheKernelMissesBytes() throws Exception {
        String recorded = new String(getClass().getResourceAsStream("status-fionread.json").readAllBytes(), StandardCharsets.UTF_8);
        assertThat(SockwayStatus.parse(recorded).fionreadUsers()).containsExactly("wrk");
        String sees = recorded.replace("\"fionreadCountsRedirected\": false", "\"fionreadCountsRedirected\": true");
        assertThat(SockwayStatus.parse(sees).fionreadUsers()).isEmpty();
    }

    @Test
    void shouldNameWhatIsMissing() {
        assertThatThrownBy(() -> SockwayStatus.parse("{\"version\": \"0.1.0\", \"passes\": {}, \"flows\": {\"unpaired\": 1}}"))
                .isInstanceOf(LabException.class).hasRootCauseMessage("no member \"paired\"");
    }

    @Test
    void shouldRefuseWhatIsNoJson() {
        assertThatThrownBy(() -> SockwayStatus.parse("not attached\n"))
                .isInstanceOf(LabException.class).hasMessageContaining("not attached");
    }
}
