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
        for (VariantResult variant : report.variants()) {
            double most = variant.rounds().stream().mapToDouble(Round::disturbance).max().orElse(0);
            if (most > Round.DISTURBED) {
                remarks.add(String.format(Locale.ROOT, "%s: other processes used up to %.0f %% of the CPUs in a round that counts",
                        variant.name(), most * PERCENT));
            }
        }
        return remarks;
    }
}
