package io.sockway.sockops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final int WORKERS = 4;
    /** Of each worker. */
    private static final int CONNECTIONS = 12;
    private static final int LIST = 500;
    private static final int STEPS = Integer.getInteger("sockway.fuzz.steps", 200_000);
    /** The rest are tried while the accelerator is paused and resumed. */
    private static final int UNDISTURBED = STEPS / 5 * 4;
    private static final long SEED = Long.getLong("sockway.fuzz.seed", new Random().nextInt(1_000_000));

    private Sandbox redirected;
    private Sandbox plain;
    private KernelFixture sockway;
    private final List<Worker> workers = new ArrayList<>();

    @BeforeEach
    void attach() throws IOException {
        redirected = new Sandbox();
        plain = new Sandbox();
        sockway = new KernelFixture(redirected);
        for (int i = 0; i < WORKERS; i++) {
            workers.add(new Worker(redirected, plain));
        }
    }

    @AfterEach
    void detach() {
        workers.forEach(Worker::close);
        sockway.close();
        redirected.close();
        plain.close();
    }

    @Test
    void shouldShowWhatPlainTcpShows() throws InterruptedException {
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

    /** Lists are dealt to the workers: most of their time is a wait for connections to become active. */
    private void compare(int count) throws InterruptedException {
        int lists = Math.ceilDiv(count, LIST);
        AtomicInteger next = new AtomicInteger();
        List<Callable<Void>> tasks = workers.stream().<Callable<Void>>map(worker -> () -> {
            for (int i = next.getAndIncrement(); i < lists; i = next.getAndIncrement()) {
                List<FlowFuzz.Step> steps = FlowFuzz.draw(SEED + i, CONNECTIONS, LIST);
                if (worker.differ(steps)) {
                    next.set(lists);
                    throw new AssertionError("-Dsockway.fuzz.seed=" + (SEED + i) + " fails:\n"
                            + worker.explain(FlowFuzz.shrink(steps, worker::differ)));
                }
            }
            return null;
        }).toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(WORKERS)) {
            assertThat(threads.invokeAll(tasks)).allSatisfy(task -> assertThat(task).succeedsWithin(Duration.ZERO));
        }
    }

    /** A process in each pod, which do the same. */
    private static final class Worker implements AutoCloseable {
        private final FuzzActor onRedirected;
        private final FuzzActor onPlain;

        Worker(Sandbox redirected, Sandbox plain) throws IOException {
            onRedirected = new FuzzActor(redirected, true, CONNECTIONS);
            onPlain = new FuzzActor(plain, false, CONNECTIONS);
        }

        boolean differ(List<FlowFuzz.Step> steps) {
            onRedirected.tell(steps);
            onPlain.tell(steps);
            List<String> got = onRedirected.answer();
            return !onPlain.answer().equals(got);
        }

        String explain(List<FlowFuzz.Step> steps) {
            onRedirected.tell(steps);
            onPlain.tell(steps);
            List<String> got = onRedirected.answer();
            List<String> want = onPlain.answer();
            return IntStream.range(0, steps.size()).mapToObj(i -> steps.get(i) + " -> " + got.get(i)
                    + (want.get(i).equals(got.get(i)) ? "" : ", by plain TCP " + want.get(i))).collect(Collectors.joining("\n"));
        }

        @Override
        public void close() {
            onRedirected.close();
            onPlain.close();
        }
    }
}
