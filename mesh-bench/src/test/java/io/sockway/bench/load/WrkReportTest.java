package io.sockway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrkReportTest {
    private static final String CLEAN = """
            Running 3s test @ http://10.96.0.80:80/350
              1 threads and 16 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     1.27ms  778.44us  12.57ms   99.50%
                Req/Sec    13.25k     1.78k   15.47k    76.67%
              Latency Distribution
                 50%  978.00us
                 75%    1.42ms
                 90%    1.69ms
                 99%    4.96ms
              39544 requests in 3.00s, 22.55MB read
            Requests/sec:  13176.23
            Transfer/sec:      7.51MB
            """;

    @Test
    void shouldReadRatesAndLatenciesInMicroseconds() {
        assertThat(WrkReport.parse(CLEAN)).contains(new WrkReport(39544, 13176.23, 978, 4960, 0, 0));
    }

    @Test
    void shouldAddUpErrors() {
        String troubled = CLEAN.replace("Requests/sec:", """
                  Socket errors: connect 1, read 20, write 300, timeout 4000
                  Non-2xx or 3xx responses: 17
                Requests/sec:""");

        assertThat(WrkReport.parse(troubled)).hasValueSatisfying(report -> {
            assertThat(report.socketErrors()).isEqualTo(4321);
            assertThat(report.badStatuses()).isEqualTo(17);
        });
    }

    @Test
    void shouldReadSecondsAndMinutes() {
        String slow = CLEAN.replace("978.00us", "1.50s").replace("4.96ms", "2.00m");

        assertThat(WrkReport.parse(slow)).hasValueSatisfying(report -> {
            assertThat(report.p50Micros()).isEqualTo(1_500_000);
            assertThat(report.p99Micros()).isEqualTo(120_000_000);
        });
    }

    @Test
    void shouldRefuseOtherOutput() {
        assertThat(WrkReport.parse("unable to connect to 10.96.0.80:80 Connection refused\n")).isEmpty();
    }
}
