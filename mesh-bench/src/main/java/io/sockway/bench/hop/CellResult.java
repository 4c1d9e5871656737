package io.sockway.bench.hop;

import io.sockway.bench.report.Spread;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What all rounds of a cell found.
 *
 * @param cell what was measured
 * @param samples one a round, by variant; all of one length, plain TCP among them
 */
record CellResult(Cell cell, Map<Variant, List<Sample>> samples) {
    /** Above this ratio a cell is slower than TCP unless it is noise: the reciprocal of 0.97 of its speed. */
    static final double SLOWER = 1 / 0.97;

    CellResult {
        samples = new EnumMap<>(samples);
    }

    /** How a variant stands to plain TCP. */
    enum Mark {
        /** Not slower. */
        NONE(""),
        /** The median is slower, but not every round is, or there is only one round. */
        DOUBTFUL("?"),
        /** The median is slower, and every round was. */
        SLOWER("!");

        private final String sign;

        Mark(String sign) {
            this.sign = sign;
        }

        /** What follows the figure. */
        String sign() {
            return sign;
        }
    }

    /** Each round divided by plain TCP's same round, less being better; empty if the cell has no such variant. */
    Optional<Spread> ratio(Variant variant, Quantity quantity) {
        if (!samples.containsKey(variant)) {
            return Optional.empty();
        }
        List<Sample> own = samples.get(variant);
        List<Sample> plain = samples.get(Variant.PLAIN);
        return Optional.of(Spread.of(IntStream.range(0, own.size())
                .mapToObj(round -> quantity.of(own.get(round)) / quantity.of(plain.get(round))).toList()));
    }

    Mark mark(Variant variant, Quantity quantity) {
        return ratio(variant, quantity).filter(ratio -> ratio.median() > SLOWER).map(ratio ->
                ratio.min() > 1 && samples.get(variant).size() > 1 ? Mark.SLOWER : Mark.DOUBTFUL).orElse(Mark.NONE);
    }

    /** The quantity itself, over all rounds. */
    Spread spread(Variant variant, Quantity quantity) {
        return Spread.of(samples.get(variant).stream().map(quantity::of).toList());
    }

    /** The share of bytes that TCP carried, 0 to 1, the median over all rounds. */
    double tcpShare(Variant variant) {
        return Spread.of(samples.get(variant).stream().map(Sample::tcpShare).toList()).median();
    }
}
