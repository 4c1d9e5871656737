package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PacerTest {
    private final BlockingQueue<Integer> done = new LinkedBlockingQueue<>();
    private final BlockingQueue<RuntimeException> failures = new LinkedBlockingQueue<>();
    private final AtomicInteger failing = new AtomicInteger();

    private void work() {
        if (failing.getAndDecrement() > 0) {
            throw new IllegalStateException("too large");
        }
        done.add(1);
    }

    @Test
    void shouldTellOfAFailureAndWorkAgainWhenItIsAskedAgain() throws Exception {
        try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor()) {
            Pacer pacer = new Pacer(timer, Duration.ofMillis(10), this::work, failures::add);
            failing.set(1);
            pacer.request();
            assertThat(failures.poll(20, TimeUnit.SECONDS)).hasMessage("too large");

            pacer.request();

            assertThat(done.poll(20, TimeUnit.SECONDS)).isNotNull();
            timer.shutdownNow();
        }
    }

    @Test
    void shouldWorkOnceForAllWhoAskWhileItRests() throws Exception {
        try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor()) {
            Pacer pacer = new Pacer(timer, Duration.ofMillis(500), this::work, failures::add);
            pacer.request();
            assertThat(done.poll(20, TimeUnit.SECONDS)).isNotNull();
            for (int i = 0; i < 10; i++) {
                pacer.request();
            }

            assertThat(done.poll(20, TimeUnit.SECONDS)).isNotNull();
            assertThat(done.poll(700, TimeUnit.MILLISECONDS)).isNull();
            timer.shutdownNow();
        }
    }
}
