package io.sockway.sidecar.telemetry;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Does some work at once after a quiet time, and then not too often. Thread-safe. */
final class Pacer {
    private final ScheduledExecutorService timer;
    private final Duration rest;
    private final Runnable work;
    private final Consumer<RuntimeException> failed;
    private boolean running;
    private boolean again;

    /**
     * @param timer that {@code work} runs on, and whose end is the end of this
     * @param rest from one time to the next
     * @param failed is told when {@code work} throws; it is done all the same when it is asked for again
     */
    Pacer(ScheduledExecutorService timer, Duration rest, Runnable work, Consumer<RuntimeException> failed) {
        this.timer = timer;
        this.rest = rest;
        this.work = work;
        this.failed = failed;
    }

    /** Asks for the work: once for all who ask before it begins. */
    synchronized void request() {
        again = true;
        if (!running && !timer.isShutdown()) {
            running = true;
            timer.execute(this::run);
        }
    }

    private void run() {
        try {
            if (begins()) {
                work.run();
            }
        } catch (RuntimeException e) {
            failed.accept(e);
        } finally {
            rest();
        }
    }

    private synchronized boolean begins() {
        running = again;
        again = false;
        return running;
    }

    private synchronized void rest() {
        if (running && !timer.isShutdown()) {
            timer.schedule(this::run, rest.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
