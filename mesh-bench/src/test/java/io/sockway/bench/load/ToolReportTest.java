package io.sockway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ToolReportTest {
    private static final String FORTIO = """
            Fortio 1.63.7 running at 0 queries per second, 1->1 procs, for 1s: http://127.0.0.1:8080/350
            Aggregated Function Time : count 34714 avg 0.00046037219 +/- 0.000871 min 2.6179e-05 max 0.033507647 sum 15.9813602
            # target 50% 0.000235019
            # target 99% 2.866e-03
            Error cases : count 12 avg 0.1 +/- 0 min 0 max 0 sum 0
            Code  -1 : 2 (0.0 %)
            Code 200 : 34702 (100.0 %)
            Code 503 : 10 (0.0 %)
            All done 34714 calls (plus 16 warmup) 0.460 ms avg, 34696.7 qps
            """;
    private static final String H2LOAD = """
            finished in 1.00s, 34084.00 req/s, 19.15MB/s
            requests: 34084 total, 34100 started, 34084 done, 34077 succeeded, 7 failed, 0 errored, 3 timeout
            status codes: 34070 2xx, 0 3xx, 4 4xx, 5 5xx
            """;

    @Test
    void shouldReadWhatFortioPrints() {
        assertThat(Fortio.parse(FORTIO)).contains(new CountedReport(34_696.7, 235.019, 2_866, Map.of("socket", 2L, "status", 10L)));
        assertThat(Fortio.parse("Aborting because of error -1 for http://127.0.0.1:1/")).isEmpty();
    }

    @Test
    void shouldReadWhatH2loadPrintsAndItsLog() {
        Stream<String> requests = Stream.concat(Stream.generate(() -> "1795367535620834\t200\t557").limit(98),
                Stream.of("1795367535620834\t200\t900", "1795367535620834\t200\t1000", "cut"));

        assertThat(H2load.parse(H2LOAD, requests)).contains(new CountedReport(34_084, 557, 900,
                Map.of("timeout", 3L, "socket", 4L, "status", 9L)));
        assertThat(H2load.parse("spawning thread #0", Stream.of())).isEmpty();
    }
}
