package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How often passes run. */
class EnrollerTest {
    private static final PassReport QUIET = PassReport.EMPTY;
    private static final PassReport BUSY = new PassReport(2, 2, 0, 0, 0, 0, 0, 0, 0, Map.of(Reason.QUEUED, 1L));

    @Test
    void shouldTryAgainSoonAfterAWakeAndLessOftenWhileStuck() {
        Duration pause = Enroller.next(BUSY, Duration.ofSeconds(8), true);
        assertThat(pause).isLessThanOrEqualTo(Duration.ofMillis(2));
        for (int i = 0; i < 20; i++) {
            pause = Enroller.next(BUSY, pause, false);
        }
        assertThat(pause).isEqualTo(Duration.ofMillis(256));
    }

    @Test
    void shouldRarelyLookWhenNothingChanges() {
        Duration pause = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            pause = Enroller.next(QUIET, pause, false);
        }
        assertThat(pause).isEqualTo(Duration.ofSeconds(8));
        PassReport blocked = new PassReport(2, 2, 0, 0, 0, 0, 0, 0, 0, Map.of(Reason.BLOCKING, 2L));
        assertThat(Enroller.next(blocked, pause, false)).isEqualTo(Duration.ofSeconds(2));
    }
}
