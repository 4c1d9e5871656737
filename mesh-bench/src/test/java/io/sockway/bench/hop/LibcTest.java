package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LibcTest {
    /** One more than the kernel ever gives. */
    private static final long NO_PID = (1 << 22) + 1;

    private static final long BUSY_NANOS = 50_000_000;

    @Test
    void shouldCountTheCpuTimeOfAllThreadsOfAProcess() throws Exception {
        long before = Libc.processCpuNanos(ProcessHandle.current().pid());
        Thread thread = Thread.ofPlatform().start(() -> {
            long began = Libc.threadCpuNanos();
            while (Libc.threadCpuNanos() - began < BUSY_NANOS) {
                Thread.onSpinWait();
            }
        });
        thread.join();

        assertThat(Libc.processCpuNanos(ProcessHandle.current().pid()) - before).isGreaterThanOrEqualTo(BUSY_NANOS);
    }

    @Test
    void shouldFailForAProcessThatIsNone() {
        assertThatThrownBy(() -> Libc.processCpuNanos(NO_PID)).isInstanceOf(HopException.class)
                .hasMessage("clock_gettime failed with errno=22");
    }
}
