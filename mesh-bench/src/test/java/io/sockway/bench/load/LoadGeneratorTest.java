package io.sockway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sockway.bench.scenario.Protocol;
import io.sockway.xds.transport.Transport;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LoadGeneratorTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private static final Duration SHORT = Duration.ofMillis(400);

    @Test
    void shouldFindThePercentilesOfAKnownScheduleOfDelays() throws Exception {
        // Of 1,000 requests 5 take a second, 15 take 0.8 s, 130 take 0.4 s, and all others 0.2 s: by the server's own clock, since a busy
        // machine lets it sleep longer.
        ConcurrentHistogram delays = new ConcurrentHistogram(3);
        try (ScriptedServer server = ScriptedServer.answering(request -> {
            long begin = System.nanoTime();
            long place = request * 7 % 1_000;
            Thread.sleep(place < 5 ? 1_000 : place < 20 ? 800 : place < 150 ? 400 : 200);
            delays.recordValue(System.nanoTime() - begin);
            return OK;
        })) {
            LoadResult result = LoadGenerator.run(LoadPlan.of(server.url("http"), Protocol.HTTP1, 300, Duration.ofMillis(500),
                    Duration.ofSeconds(4)).atRate(500), LoadListener.NONE);

            assertThat(result.errors()).isEmpty();
            assertThat(result.requests()).isCloseTo(2_000L, within(2L));
            assertThat(result.rps()).isCloseTo(500, Percentage.withPercentage(5));
            assertThat(delays.getValueAtPercentile(50) / 1e6).isBetween(200.0, 300.0);
            assertThat(millis(result, "p50_us")).isCloseTo(delays.getValueAtPercentile(50) / 1e6, Percentage.withPercentage(1));
            assertThat(millis(result, "p90_us")).isCloseTo(delays.getValueAtPercentile(90) / 1e6, Percentage.withPercentage(1));
            assertThat(millis(result, "p99_us")).isCloseTo(delays.getValueAtPercentile(99) / 1e6, Percentage.withPercentage(1));
            assertThat(millis(result, "p999_us")).isCloseTo(delays.getValueAtPercentile(99.9) / 1e6, Percentage.withPercentage(1));
        }
    }

    @Test
    void shouldShowAPauseOnAScheduleAndSayThatAClosedLoopMissesIt() throws Exception {
        AtomicLong begin = new AtomicLong();
        try (ScriptedServer server = ScriptedServer.answering(request -> {
            begin.compareAndSet(0, System.nanoTime());
            long since = System.nanoTime() - begin.get();
            if (since > 600_000_000L && since < 800_000_000L) {
                LockSupport.parkNanos(800_000_000L - since);
            }
            return OK;
        })) {
            LoadPlan plan = LoadPlan.of(server.url("http"), Protocol.HTTP1, 4, Duration.ofMillis(200), Duration.ofMillis(1_500));
            LoadResult open = LoadGenerator.run(plan.atRate(1_000), LoadListener.NONE);
            begin.set(0);
            LoadResult closed = LoadGenerator.run(plan, LoadListener.NONE);

            assertThat(millis(open, "p999_us")).isBetween(180.0, 400.0);
            assertThat(millis(open, "p99_us")).isGreaterThan(100);
            assertThat(millis(closed, "p999_us")).isLessThan(100);
            assertThat(millis(closed, "max_us")).isGreaterThan(150);
            assertThat(closed.correctedP999Micros() / 1e3).isGreaterThan(100);
            assertThat(closed.remarks()).anySatisfy(remark -> assertThat(remark).startsWith("a closed loop misses what a pause costs"));
        }
    }

    static List<Transport> transports() {
        return Transport.PREFERRED;
    }

    @ParameterizedTest
    @MethodSource("transports")
    void shouldKeepItsRateOnEveryTransport(Transport transport) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> OK)) {
            LoadPlan plan = LoadPlan.of(server.url("http"), Protocol.HTTP1, 8, SHORT, Duration.ofSeconds(1)).atRate(500);
            LoadResult result = LoadGenerator.run(new LoadPlan(plan.target(), plan.protocol(), 8, 2, 1, 1, plan.rate(), plan.warmUpNanos(),
                    plan.measuredNanos(), plan.timeoutNanos(), List.of(transport)), LoadListener.NONE);

            assertThat(result.transport()).isEqualTo(transport.label());
            assertThat(result.requests()).isCloseTo(500L, within(3L));
            assertThat(result.errors()).isEmpty();
            assertThat(result.connects()).containsEntry("count", 8.0);
            assertThat(result.answeredBetween(result.timeline().getFirst().nanos(), result.timeline().getLast().nanos()))
                    .isCloseTo(result.rps(), Percentage.withPercentage(5));
        }
    }

    @Test
    void shouldPipelineAndReopenWhatTheServerCloses() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> request % 50 == 49
                ? "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" : OK)) {
            LoadResult result = LoadGenerator.run(
                    LoadPlan.of(server.url("http"), Protocol.HTTP1, 2, SHORT, SHORT).with(1, 1), LoadListener.NONE);
            assertThat(result.connects().get("count")).isGreaterThan(2);
            assertThat(result.errors()).isEmpty();

            LoadResult pipelined = LoadGenerator.run(LoadPlan.of(server.url("http"), Protocol.HTTP1, 2, SHORT, SHORT).with(8, 1),
                    LoadListener.NONE);
            assertThat(pipelined.rps()).isPositive();
        }
    }

    @Test
    void shouldCountBadStatusesAndMalformedAnswersByKind() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> request % 2 == 0 ? OK
                : "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")) {
            assertThat(run(server, Protocol.HTTP1).errors().keySet()).containsExactly("status");
        }
        try (ScriptedServer server = ScriptedServer.answering(request -> request % 10 == 0 ? "HTTP/1.1 2x0 OK\r\n\r\n" : OK)) {
            assertThat(run(server, Protocol.HTTP1).errors()).containsKey("protocol");
        }
    }

    @Test
    void shouldExchangeMessagesWithAnEchoServer() throws Exception {
        try (ScriptedServer server = new ScriptedServer(socket -> socket.getInputStream().transferTo(socket.getOutputStream()))) {
            LoadResult result = LoadGenerator.run(
                    LoadPlan.of(server.url("tcp"), Protocol.TCP, 2, SHORT, SHORT).with(4, 10_000), LoadListener.NONE);

            assertThat(result.errors()).isEmpty();
            assertThat(result.rps()).isPositive();
        }
    }

    @Test
    void shouldFailInOneLineWhenNothingListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        URI nobody = URI.create("http://127.0.0.1:" + port + "/");

        for (Transport transport : Transport.PREFERRED) {
            LoadPlan plan = LoadPlan.of(nobody, Protocol.HTTP1, 4, SHORT, SHORT);
            assertThatThrownBy(() -> LoadGenerator.run(new LoadPlan(plan.target(), plan.protocol(), 4, 1, 1, 1, 0, plan.warmUpNanos(),
                    plan.measuredNanos(), plan.timeoutNanos(), List.of(transport)), LoadListener.NONE))
                    .isInstanceOf(LoadException.class).hasMessage("cannot connect to 127.0.0.1:%d: Connection refused", port);
        }
    }

    @Test
    void shouldFailInOneLineWhenEveryConnectionIsReset() throws Exception {
        try (ScriptedServer server = new ScriptedServer(socket -> {
            socket.getInputStream().read();
            socket.setSoLinger(true, 0);
        })) {
            assertThatThrownBy(() -> run(server, Protocol.HTTP1)).isInstanceOf(LoadException.class)
                    .hasMessage("no answer from %s: the connection was reset", server.url("http"));
        }
    }

    @Test
    void shouldFailInOneLineWhenNothingIsEverAnswered() throws Exception {
        try (ScriptedServer server = new ScriptedServer(socket ->
                socket.getInputStream().transferTo(OutputStream.nullOutputStream()))) {
            LoadPlan plan = LoadPlan.of(server.url("http"), Protocol.HTTP1, 4, SHORT, Duration.ofSeconds(60));
            long start = System.nanoTime();
            assertThatThrownBy(() -> LoadGenerator.run(new LoadPlan(plan.target(), plan.protocol(), 4, 1, 1, 1, 100, plan.warmUpNanos(),
                    plan.measuredNanos(), Duration.ofSeconds(1).toNanos(), plan.transports()), LoadListener.NONE))
                    .isInstanceOf(LoadException.class).hasMessage(
                            "no answer from %s: requests were sent, and nothing came back within 1.00 s", server.url("http"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void shouldNotTakeTheWarmUpsAnswersForTheMeasuredTimes() throws Exception {
        AtomicLong begin = new AtomicLong();
        try (ScriptedServer server = ScriptedServer.answering(request -> {
            begin.compareAndSet(0, System.nanoTime());
            if (System.nanoTime() - begin.get() > 200_000_000L) {
                Thread.sleep(3_000);
            }
            return OK;
        })) {
            LoadPlan plan = LoadPlan.of(server.url("http"), Protocol.HTTP1, 2, Duration.ofSeconds(1), SHORT);
            assertThatThrownBy(() -> LoadGenerator.run(plan, LoadListener.NONE)).isInstanceOf(LoadException.class)
                    .hasMessageStartingWith("no request of the measured time came to an end at " + server.url("http"));
        }
    }

    @Test
    void shouldCountRequestsThatWereDueButNeverSent() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> {
            Thread.sleep(100);
            return OK;
        })) {
            LoadResult result = LoadGenerator.run(
                    LoadPlan.of(server.url("http"), Protocol.HTTP1, 1, SHORT, Duration.ofSeconds(1)).atRate(100), LoadListener.NONE);

            assertThat(result.requests()).isEqualTo(100);
            assertThat(result.errors().get("unsent")).isGreaterThan(50);
            assertThat(result.remarks()).anySatisfy(remark -> assertThat(remark).contains("past saturation"));
            assertThat(millis(result, "p99_us")).isGreaterThan(800);
        }
    }

    private static LoadResult run(ScriptedServer server, Protocol protocol) {
        return LoadGenerator.run(LoadPlan.of(server.url("http"), protocol, 2, SHORT, SHORT), LoadListener.NONE);
    }

    private static double millis(LoadResult result, String name) {
        return result.percentiles().get(name) / 1e3;
    }
}
