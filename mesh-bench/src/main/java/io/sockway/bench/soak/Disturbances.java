package io.sockway.bench.soak;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Sockway;
import java.time.Duration;
import java.util.SplittableRandom;

/** Pauses, detaches and kills Sockway at random under the connections; drawn from the seed. Used by one thread, read by others. */
final class Disturbances {
    /** Flows are enrolled and redirect in between. */
    private static final int LEAST_REST_MILLIS = 200;
    private static final int MOST_REST_MILLIS = 2_000;
    private static final int MOST_ABSENCE_MILLIS = 700;
    private static final long SALT = 0xD157B4L;
    private static final Duration STEP = Duration.ofMillis(50);

    private final Sockway sockway;
    private final SplittableRandom random;
    private volatile Counts counts = new Counts(0, 0, 0, 0);
    private volatile boolean stopping;
    private long redirectedBeforeDetach;

    /**
     * What happened so far.
     *
     * @param pauses each with its resume
     * @param detaches each with its attach
     * @param kills each with its restart
     * @param redirected bytes, by Sockway's status; what is redirected between the last status before a detach and the detach is missing
     */
    record Counts(int pauses, int detaches, int kills, long redirected) {
    }

    Disturbances(Sockway sockway, long seed) {
        this.sockway = sockway;
        this.random = new SplittableRandom(seed ^ SALT);
    }

    Counts counts() {
        return counts;
    }

    void stop() {
        stopping = true;
    }

    /** Disturbs until {@link #stop()}; Sockway is attached and at work afterwards. */
    void run() {
        while (rest(LEAST_REST_MILLIS, MOST_REST_MILLIS)) {
            readStatus();
            switch (random.nextInt(3)) {
                case 0 -> pause();
                case 1 -> detach();
                default -> kill();
            }
        }
        readStatus();
    }

    private void pause() {
        sockway.pause();
        rest(0, MOST_ABSENCE_MILLIS);
        sockway.resume();
        counts = new Counts(counts.pauses() + 1, counts.detaches(), counts.kills(), counts.redirected());
    }

    private void detach() {
        redirectedBeforeDetach = counts.redirected();
        sockway.detachRunning();
        rest(0, MOST_ABSENCE_MILLIS);
        sockway.restart();
        counts = new Counts(counts.pauses(), counts.detaches() + 1, counts.kills(), counts.redirected());
    }

    private void kill() {
        sockway.kill();
        rest(0, MOST_ABSENCE_MILLIS);
        sockway.restart();
        counts = new Counts(counts.pauses(), counts.detaches(), counts.kills() + 1, counts.redirected());
    }

    private void readStatus() {
        counts = new Counts(counts.pauses(), counts.detaches(), counts.kills(),
                redirectedBeforeDetach + sockway.status().redirectedBytes());
    }

    /** False as soon as it is to stop. */
    private boolean rest(int least, int most) {
        for (long left = random.nextInt(least, most); left > 0 && !stopping; left -= STEP.toMillis()) {
            Await.sleep(STEP);
        }
        return !stopping;
    }
}
