package io.sockway.sidecar.admin;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread for what may block; it is there only while there is work, and a little longer. Thread-safe. */
final class Worker implements AutoCloseable {
    /** One for each connection that may be there. */
    private static final int QUEUE = Limits.DEFAULT.connections();
    private static final int IDLE_SECONDS = 5;
    private static final int CLOSE_SECONDS = 2;

    private final ThreadPoolExecutor executor;

    Worker(ThreadFactory threads) {
        executor = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), threads);
        executor.allowCoreThreadTimeOut(true);
    }

    /** Whether there was room for {@code task} in the queue. */
    boolean offer(Runnable task) {
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    /** Drops what waits, interrupts what runs, and waits for its end, though not for ever. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
