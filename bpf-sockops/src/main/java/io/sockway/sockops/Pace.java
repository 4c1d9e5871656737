package io.sockway.sockops;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait between passes: not at all while one leads to the next, a moment while bytes happen to be queued, and ever longer
 * while nothing changes. Not thread-safe.
 */
final class Pace {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration UNFINISHED_MAX = Duration.ofMillis(256);
    private static final Duration QUIET_MIN = Duration.ofMillis(500);
    private static final Duration WAITING_MAX = Duration.ofSeconds(2);
    private static final Duration QUIET_MAX = Duration.ofSeconds(8);
    /** The queues of busy connections are empty for moments only: it takes many looks, unevenly spaced, */
    private static final int LOOKS = 16;
    private static final long LOOK_MIN = 200_000;
    private static final long LOOK_MAX = 1_500_000;
    /** and as a pass over a large hash table takes milliseconds, so much time for them at once, */
    private static final long SAVINGS_MAX = 100_000_000;
    /** which is saved up at a tenth of a core. */
    private static final int SAVED_OF = 10;

    private final RandomGenerator random;
    private Duration pause = Duration.ZERO;
    private int looks;
    private long savings = SAVINGS_MAX;
    private long savedAt;

    /**
     * Starts with all that can be saved.
     *
     * @param now {@link System#nanoTime}
     */
    Pace(RandomGenerator random, long now) {
        this.random = random;
        this.savedAt = now;
    }

    /**
     * The time to wait after a pass.
     *
     * @param woken whether the programs had asked for it
     * @param passNanos of CPU time that it took
     * @param now {@link System#nanoTime} at its end
     */
    Duration after(PassReport report, boolean woken, long passNanos, long now) {
        savings = Math.min(SAVINGS_MAX, savings + (now - savedAt) / SAVED_OF) - passNanos;
        savedAt = now;
        looks = woken ? 0 : looks;
        pause = next(report, woken, passNanos);
        return pause;
    }

    private Duration next(PassReport report, boolean woken, long passNanos) {
        if (report.leadsOn()) {
            return Duration.ZERO;
        }
        if (report.waiting().containsKey(Reason.QUEUED) && looks < LOOKS && savings > 0) {
            looks++;
            return Duration.ofNanos(random.nextLong(LOOK_MIN, LOOK_MAX));
        }
        if (report.unfinished()) {
            Duration base = woken || pause.compareTo(UNFINISHED_MAX) > 0 ? SOON : pause;
            Duration longer = min(max(base.multipliedBy(3).dividedBy(2), SOON), UNFINISHED_MAX);
            return savings > 0 ? longer : max(longer, Duration.ofNanos(SAVED_OF * passNanos));
        }
        return min(max(pause.multipliedBy(2), QUIET_MIN), report.waiting().isEmpty() ? QUIET_MAX : WAITING_MAX);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
