package io.sockway.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a reader has to know before believing the figures. */
final class Remarks {
    private static final double PERCENT = 100;

    private Remarks() {
    }

    static List<String> of(Report report) {
        List<String> remarks = new ArrayList<>();
        if (report.redone() > 0) {
            remarks.add("%s redone because other processes used the CPUs".formatted(
                    report.redone() == 1 ? "1 slice was" : report.redone() + " slices were"));
        }
        double most = report.variants().stream().flatMap(variant -> variant.rounds().stream())
                .mapToDouble(Round::disturbance).max().orElse(0);
        String disturbance = String.format(Locale.ROOT, "other processes used up to %.0f %% of the CPUs", most * PERCENT);
        int rounds = report.variants().stream().mapToInt(variant -> variant.rounds().size()).max().orElse(0);
        if (report.disturbed()) {
            remarks.add("every round was disturbed, so the figures show little: " + disturbance);
        } else if (report.countedRounds().size() < rounds) {
            remarks.add("%d of %d rounds do not count: %s".formatted(rounds - report.countedRounds().size(), rounds, disturbance));
        }
        return remarks;
    }
}
