package io.sockway.bench.hop;

import io.sockway.bench.report.Machine;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reports with given figures. */
final class Grids {
    private Grids() {
    }

    /** A cell of ping-pongs whose plain TCP takes 10 us of time and CPU, and Sockway {@code micros} of both, round by round. */
    static CellResult cell(Size size, double... micros) {
        return cell(new Cell(Pattern.PING_PONG, 1, size, Placement.SAME, Route.REDIRECT, Family.MAPPED), micros);
    }

    /** The same for any cell. */
    static CellResult cell(Cell cell, double... micros) {
        List<Sample> sockway = Arrays.stream(micros).mapToObj(value -> sample(value, 0.25)).toList();
        Map<Variant, List<Sample>> samples = new EnumMap<>(Variant.class);
        samples.put(Variant.PLAIN, Stream.generate(() -> sample(10, 1)).limit(micros.length).toList());
        samples.put(Variant.SOCKWAY, sockway);
        return new CellResult(cell, samples);
    }

    static HopReport report(CellResult... results) {
        Plan plan = new Plan(Stream.of(results).map(CellResult::cell).toList(), List.of(Variant.PLAIN, Variant.SOCKWAY), 3,
                Duration.ofMillis(300));
        return new HopReport("./sockway bench hop --html 'a & b'", Instant.EPOCH,
                new Machine("6.18", "Debian", "a CPU", 2, 1L << 32, "performance", Map.of(), "quiet", false,
                        Map.of("sockway", "1.2.3")), plan, List.of(results));
    }

    private static Sample sample(double micros, double tcpShare) {
        return new Sample(micros * 1_000, micros * 1_000, tcpShare, 100);
    }
}
