package io.sockway.bench.report;

import io.sockway.bench.lab.SockwayStatus;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Made-up results of three rounds. */
final class Samples {
    static final String BASELINE = "plain";
    static final String HOSTILE = "<script>alert(\"&'\")</script>";

    private Samples() {
    }

    static VariantResult plain() {
        return new VariantResult(BASELINE, rounds(640, Optional.empty(), 10_000, 12_000, 11_000), List.of());
    }

    static VariantResult sockway(String... problems) {
        SockwayStatus status = new SockwayStatus("0.1.0", 48, 1, 2_000_000, 1_000, 4_000, 5, Map.of("keepalive", 5L, "unread", 0L),
                Set.of());
        return new VariantResult("sockway", rounds(0.4, Optional.of(status), 12_000, 13_200, 12_650), List.of(problems));
    }

    /** The same result, of whose rounds those of these numbers were disturbed. */
    static VariantResult disturbed(VariantResult variant, Integer... numbers) {
        List<Round> rounds = IntStream.range(0, variant.rounds().size()).mapToObj(number -> {
            Round round = variant.rounds().get(number);
            return new Round(round.metrics(), round.cpu(), round.hops(), round.client(), round.extras(),
                    List.of(numbers).contains(number) ? 0.12 : round.disturbance(), round.sockway(), round.problems());
        }).toList();
        return new VariantResult(variant.name(), rounds, variant.problems());
    }

    static Report report(VariantResult... variants) {
        return report(List.of(comparison(variants)));
    }

    static Report report(List<Comparison> comparisons) {
        return new Report("demo", "./sockway demo --envoy " + HOSTILE, Instant.parse("2026-11-22T08:00:00Z"),
                new Machine("6.12.0", "Debian", HOSTILE, 2, 1L << 30, "performance", Map.of("spectre_v2", HOSTILE), HOSTILE, false,
                        Map.of("envoy", "1.40.0")),
                comparisons, Map.of(), 0);
    }

    static Comparison comparison(VariantResult... variants) {
        return new Comparison("16 connections, 350 B", Map.of("loop", "closed", "connections", 16, "body_bytes", 350), BASELINE,
                List.of(variants));
    }

    /** The same at a rate. */
    static Comparison comparison(double rate, VariantResult... variants) {
        return new Comparison("%.0f/s".formatted(rate), Map.of("loop", "open", "connections", 16, "body_bytes", 350, "target_rps", rate),
                BASELINE, List.of(variants));
    }

    /** Latencies and CPU time fall as the rate rises. */
    private static List<Round> rounds(double bytes, Optional<SockwayStatus> status, double... rates) {
        return DoubleStream.of(rates).mapToObj(rate -> new Round(
                new EnumMap<>(Map.of(Metric.REQUESTS_PER_SECOND, rate, Metric.LATENCY_P50, 1.2e7 / rate, Metric.LATENCY_P99, 4e7 / rate,
                        Metric.CPU_PER_REQUEST, 1.2e6 / rate)),
                new CpuShare(Map.of("nginx", 0.4e6 / rate, "wrk", 0.8e6 / rate), 0.2e6 / rate, false),
                List.of(new HopBytes("app to Envoy", true, false, bytes, bytes)),
                new ClientView(Map.of(),
                        List.of(new Quantile(0, 1e6 / rate), new Quantile(0.5, 1.2e7 / rate), new Quantile(0.99, 4e7 / rate)),
                        List.of()), Map.of(), 0.01, status, List.of())).toList();
    }
}
