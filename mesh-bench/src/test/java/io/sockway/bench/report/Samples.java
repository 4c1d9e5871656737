package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Made-up results of three rounds. */
final class Samples {
    static final String HOSTILE = "<script>alert(\"&'\")</script>";

    private Samples() {
    }

    static VariantResult plain() {
        return new VariantResult(Report.BASELINE, rounds(640, Optional.empty(), 10_000, 12_000, 11_000), List.of());
    }

    static VariantResult sockway(String... problems) {
        SockwayStatus status = new SockwayStatus("0.1.0", 48, 1, 2_000_000, 1_000, 4_000, 5, Map.of("keepalive", 5L, "unread", 0L));
        return new VariantResult("sockway", rounds(0.4, Optional.of(status), 12_000, 13_200, 12_650), List.of(problems));
    }

    /** The same result, of whose rounds those of these numbers were disturbed. */
    static VariantResult disturbed(VariantResult variant, Integer... numbers) {
        List<Round> rounds = IntStream.range(0, variant.rounds().size()).mapToObj(number -> {
            Round round = variant.rounds().get(number);
            return new Round(round.metrics(), round.cpuMicrosByProcess(), round.hops(),
                    List.of(numbers).contains(number) ? 0.12 : round.disturbance(), round.errors(), round.sockway());
        }).toList();
        return new VariantResult(variant.name(), rounds, variant.problems());
    }

    static Report report(VariantResult... variants) {
        return new Report("demo", "./sockway demo --envoy " + HOSTILE, Instant.parse("2026-11-22T08:00:00Z"),
                new Machine("6.12.0", "Debian", HOSTILE, 2, 1L << 30, Map.of("envoy", "1.40.0")), Map.of("connections", 16),
                List.of(variants), 0);
    }

    /** Latencies and CPU time fall as the rate rises. */
    private static List<Round> rounds(double bytes, Optional<SockwayStatus> status, double... rates) {
        return DoubleStream.of(rates).mapToObj(rate -> new Round(
                new EnumMap<>(Map.of(Metric.REQUESTS_PER_SECOND, rate, Metric.LATENCY_P50, 1.2e7 / rate, Metric.LATENCY_P99, 4e7 / rate,
                        Metric.CPU_PER_REQUEST, 1.2e6 / rate)),
                Map.of("nginx", 0.4e6 / rate, "wrk", 0.8e6 / rate),
                List.of(new HopBytes("app to Envoy", true, bytes, bytes)), 0.01, 0, status)).toList();
    }
}
