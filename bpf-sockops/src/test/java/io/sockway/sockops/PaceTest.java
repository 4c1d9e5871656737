package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How often passes run. */
class PaceTest {
    private static final PassReport QUIET = PassReport.EMPTY;
    private static final PassReport QUEUED = new PassReport(2, 2, 0, 0, 0, 0, 0, 0, 0, Map.of(Reason.QUEUED, 1L));
    private static final PassReport PAIRED = new PassReport(2, 0, 1, 0, 0, 0, 0, 0, 0, Map.of());
    private static final PassReport HALF_IN = new PassReport(2, 2, 0, 1, 0, 0, 1, 0, 0, Map.of());
    private static final long PASS = 50_000;

    private final Pace pace = new Pace(new Random(1), 0);
    private long now;

    @Test
    void shouldLookAtManyUnevenMomentsWhileBytesAreQueuedAndThenLessOften() {
        Set<Duration> moments = new HashSet<>();
        assertThat(after(QUEUED, true, PASS)).isLessThan(Duration.ofMillis(2));
        for (int i = 0; i < 15; i++) {
            moments.add(after(QUEUED, false, PASS));
        }
        assertThat(moments).hasSize(15).allMatch(moment -> moment.compareTo(Duration.ofMillis(2)) < 0);
        Duration pause = Duration.ZERO;
        for (int i = 0; i < 80; i++) {
            pause = after(QUEUED, false, PASS);
        }
        assertThat(pause).isEqualTo(Duration.ofMillis(256));
        assertThat(after(QUEUED, true, PASS)).isLessThan(Duration.ofMillis(2));
    }

    @Test
    void shouldGoOnAtOnceWhenOnePassLeadsToTheNext() {
        assertThat(after(PAIRED, true, PASS)).isZero();
        assertThat(after(HALF_IN, false, PASS)).isZero();
    }

    @Test
    void shouldTakeATenthOfACoreWhenPassesAreLong() {
        long spent = 0;
        while (now < Duration.ofMinutes(1).toNanos()) {
            after(QUEUED, true, 10_000_000);
            spent += 10_000_000;
        }
        assertThat(spent).isBetween(now / 20, now / 5);
    }

    @Test
    void shouldRarelyLookWhenNothingChanges() {
        Duration pause = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            pause = after(QUIET, false, PASS);
        }
        assertThat(pause).isEqualTo(Duration.ofSeconds(8));
        PassReport blocked = new PassReport(2, 2, 0, 0, 0, 0, 0, 0, 0, Map.of(Reason.BLOCKING, 2L));
        assertThat(after(blocked, false, PASS)).isEqualTo(Duration.ofSeconds(2));
    }

    private Duration after(PassReport report, boolean woken, long passNanos) {
        now += passNanos;
        Duration pause = pace.after(report, woken, passNanos, now);
        now += pause.toNanos();
        return pause;
    }
}
