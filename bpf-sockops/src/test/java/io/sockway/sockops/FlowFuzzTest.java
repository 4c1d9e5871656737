package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * That random operations show on redirected connections what they show on plain TCP, step by step.
 *
 * <p>{@code -Dsockway.fuzz.steps=N} tries more of them, {@code -Dsockway.fuzz.seed=N} the same again.
 */
class FlowFuzzTest {
    private static final int CONNECTIONS = 12;
    private static final int LIST = 500;
    private static final int STEPS = Integer.getInteger("sockway.fuzz.steps", 100_000);
    /** The rest are tried while the accelerator is paused and resumed. */
    private static final int UNDISTURBED = STEPS / 5 * 4;
    private static final long SEED = Long.getLong("sockway.fuzz.seed", new Random().nextInt(1_000_000));

    private Sandbox redirected;
    private Sandbox plain;
    private KernelFixture sockway;
    private FuzzActor onRedirected;
    private FuzzActor onPlain;

    @BeforeEach
    void attach() throws IOException {
        redirected = new Sandbox();
        plain = new Sandbox();
        sockway = new KernelFixture(redirected);
        onRedirected = new FuzzActor(redirected, true, CONNECTIONS);
        onPlain = new FuzzActor(plain, false, CONNECTIONS);
    }

    @AfterEach
    void detach() {
        onRedirected.close();
        onPlain.close();
        sockway.close();
        redirected.close();
        plain.close();
    }

    @Test
    void shouldShowWhatPlainTcpShows() {
        compare(UNDISTURBED);
        assertThat(sockway.accelerator().counters().redirectedBytes()).isGreaterThan(UNDISTURBED);
    }

    @Test
    void shouldShowWhatPlainTcpShowsWhilePausedAndResumed() throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        FutureTask<Void> toggling = new FutureTask<>(() -> toggle(done), null);
        Thread thread = Thread.ofPlatform().start(toggling);
        try {
            compare(STEPS - UNDISTURBED);
        } finally {
            done.set(true);
            thread.join();
        }
        assertThat(toggling).succeedsWithin(Duration.ZERO);
        assertThat(sockway.accelerator().counters().redirectedBytes()).isGreaterThan(STEPS - UNDISTURBED);
        assertThat(sockway.accelerator().counters().left()).containsKey(Reason.PAUSED);
    }

    /** Flows leave the redirect with whatever is unread just then, and come back. */
    private void toggle(AtomicBoolean done) {
        Random random = new Random(SEED);
        while (!done.get()) {
            sockway.accelerator().setMode(Mode.PAUSED);
            Enroller.settle(sockway.accelerator(), Duration.ofMillis(random.nextInt(20)));
            sockway.accelerator().setMode(Mode.ON);
            try {
                Thread.sleep(random.nextInt(60));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void compare(int count) {
        for (int i = 0; i < Math.ceilDiv(count, LIST); i++) {
            List<FlowFuzz.Step> steps = FlowFuzz.draw(SEED + i, CONNECTIONS, LIST);
            if (differ(steps)) {
                throw new AssertionError("-Dsockway.fuzz.seed=" + (SEED + i) + " fails:\n" + explain(FlowFuzz.shrink(steps, this::differ)));
            }
        }
    }

    private boolean differ(List<FlowFuzz.Step> steps) {
        onRedirected.tell(steps);
        onPlain.tell(steps);
        List<String> got = onRedirected.answer();
        return !onPlain.answer().equals(got);
    }

    private String explain(List<FlowFuzz.Step> steps) {
        onRedirected.tell(steps);
        onPlain.tell(steps);
        List<String> got = onRedirected.answer();
        List<String> want = onPlain.answer();
        return IntStream.range(0, steps.size()).mapToObj(i -> steps.get(i) + " -> " + got.get(i)
                + (want.get(i).equals(got.get(i)) ? "" : ", by plain TCP " + want.get(i))).collect(Collectors.joining("\n"));
    }
}
