package io.sockway.bench.soak;

import java.util.Locale;
import java.util.Scanner;

/**
 * What one or more peers have done so far.
 *
 * @param connections that have ended as planned
 * @param resets how many of them by a reset
 * @param sent bytes
 * @param received bytes, all compared
 */
record Tally(long connections, long resets, long sent, long received) {
    static final Tally ZERO = new Tally(0, 0, 0, 0);

    private static final String PREFIX = "tally ";

    Tally plus(Tally other) {
        return new Tally(connections + other.connections, resets + other.resets, sent + other.sent, received + other.received);
    }

    /** How a peer prints it. */
    String line() {
        return "%s%d %d %d %d".formatted(PREFIX, connections, resets, sent, received);
    }

    /** The last one in a peer's output. */
    static Tally last(String output) {
        int start = output.lastIndexOf(PREFIX);
        if (start < 0 || output.indexOf('\n', start) < 0) {
            return ZERO;
        }
        try (Scanner numbers = new Scanner(output.substring(start + PREFIX.length())).useLocale(Locale.ROOT)) {
            return new Tally(numbers.nextLong(), numbers.nextLong(), numbers.nextLong(), numbers.nextLong());
        }
    }
}
