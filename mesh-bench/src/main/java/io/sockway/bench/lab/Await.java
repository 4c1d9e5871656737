package io.sockway.bench.lab;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for something outside the JVM that cannot be waited for but by looking. */
public final class Await {
    private static final long PAUSE_MILLIS = 10;

    private Await() {
    }

    /** Returns when {@code condition} holds; fails with {@code complaint} when it does not within {@code limit}. */
    public static void until(BooleanSupplier condition, Duration limit, Supplier<String> complaint) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new LabException(complaint.get());
            }
            sleep(Duration.ofMillis(PAUSE_MILLIS));
        }
    }

    /** Sleeps, and turns an interrupt into a failure. */
    public static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting", e);
        }
    }
}
