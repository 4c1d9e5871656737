package io.sockway.sidecar.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and Ctrl-C into an orderly end: asks the work to stop, waits until the owner has closed this, and lets the process
 * end with exit code 0.
 */
final class Termination implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean requested;

    Termination(Runnable stop) {
        this.hook = new Thread(() -> {
            requested = true;
            stop.run();
            try {
                closed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(0);
        }, "sockway-stop");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether a signal asked for the end. */
    boolean requested() {
        return requested;
    }

    @Override
    public void close() {
        closed.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // a signal came at this very moment: the hook ends the process
            }
        }
    }
}
