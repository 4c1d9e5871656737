package io.sockway.sockops;

import io.sockway.bpf.Alarm;
import io.sockway.bpf.FolderWatch;
import io.sockway.bpf.RingBuffer;
import io.sockway.bpf.ThreadClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs passes when they are worth while: at once when the programs ask for one, again soon while something is half done, and
 * ever more rarely while nothing changes. A thread of its own, a platform thread since it enters network namespaces.
 */
public final class Enroller implements AutoCloseable {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final int FORGET_AFTER_PASSES = 3;
    private static final Duration FORGET_EVERY = Duration.ofSeconds(10);
    private static final Duration DRAIN_STEP = Duration.ofMillis(50);
    private static final int PATIENCE = 8;
    private static final int SPARE_PASSES = 10;
    private static final Duration SPARE_MAX = Duration.ofMillis(250);
    /** How soon changes are noticed where folders cannot be watched. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Accelerator accelerator;
    private final Consumer<PassReport> listener;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Alarm stop = new Alarm();
    private final Optional<FolderWatch> folders;
    private final List<BooleanSupplier> looks = new CopyOnWriteArrayList<>();
    private volatile boolean allWatched;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;
    private long forgotAt = System.nanoTime();
    private volatile long passes;
    private volatile long lastPassNanos;
    /** Of a pass with all that goes with it. */
    private long lastRoundNanos;
    private long lastRoundAt = System.nanoTime();
    private int passesInVain;
    /** Numbers of the last passes of this thread. */
    private final Deque<Long> ownPasses = new ArrayDeque<>();
    private volatile PassReport lastReport = PassReport.EMPTY;
    private volatile RuntimeException failure;

    /** Starts the thread. The accelerator stays the caller's and must outlive this. */
    public Enroller(Accelerator accelerator) {
        this(accelerator, report -> { });
    }

    /**
     * Starts the thread. The accelerator stays the caller's and must outlive this.
     *
     * @param listener is told of each pass, on this thread
     */
    public Enroller(Accelerator accelerator, Consumer<PassReport> listener) {
        this(accelerator, listener, FolderWatch.open());
    }

    /** The same with what tells of changes, which becomes this one's; without it, it looks every second. */
    Enroller(Accelerator accelerator, Consumer<PassReport> listener, Optional<FolderWatch> folders) {
        this.accelerator = accelerator;
        this.folders = folders;
        this.listener = listener;
        this.allWatched = folders.filter(watch -> watch.add(accelerator.watchedFolder())).isPresent();
        this.thread = Thread.ofPlatform().name("sockway-enrol").daemon(true).start(this::run);
    }

    /**
     * Runs passes in the calling thread, a platform thread, until they change nothing any more or the time is over.
     *
     * @return the last report
     */
    public static PassReport settle(Accelerator accelerator, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try (Namespaces namespaces = new Namespaces()) {
            namespaces.refresh(cgroups(accelerator), true);
            PassReport report;
            do {
                report = accelerator.passSoon(namespaces);
            } while (report.unfinished() && System.nanoTime() < deadline && sleep(SOON));
            accelerator.callSidecar();
            return report;
        }
    }

    /**
     * Takes the flows of some attachments out of the sockhash: passes in the calling thread, a platform thread, until none is left
     * in it or the time is over. Their attachments are then to be finished.
     *
     * @return the flows that still have an end in it, with unread redirected bytes
     */
    public static List<Flow> drain(Accelerator accelerator, List<Attachment> leaving, Duration atMost) {
        leaving.forEach(accelerator::startDetach);
        Set<Long> ids = leaving.stream().map(Attachment::id).collect(Collectors.toSet());
        long deadline = System.nanoTime() + atMost.toNanos();
        List<Flow> left;
        do {
            settle(accelerator, DRAIN_STEP);
            // Another process may be in the middle of the newest pass, and has then not met every socket yet.
            long pass = accelerator.passNumber() - FORGET_AFTER_PASSES;
            left = accelerator.flows().stream().filter(Flow::hasMember).filter(f -> f.wasSeenSince(pass))
                    .filter(f -> ids.contains(f.client().cgroup()) || ids.contains(f.server().cgroup())).toList();
        } while (!left.isEmpty() && System.nanoTime() < deadline);
        return left;
    }

    /**
     * Takes all flows of all attachments out of the sockhash, as {@link #drain} does.
     *
     * @return the ends that are still in it, with unread redirected bytes
     */
    public static long drainAll(Accelerator accelerator, Duration atMost) {
        accelerator.attachments().forEach(accelerator::startDetach);
        long deadline = System.nanoTime() + atMost.toNanos();
        long members;
        do {
            members = settle(accelerator, DRAIN_STEP).members();
        } while (members > 0 && System.nanoTime() < deadline);
        return members;
    }

    /** Runs one pass in the calling thread, a platform thread, so that what {@link Accelerator#flows()} tells is up to date. */
    public static PassReport refresh(Accelerator accelerator) {
        try (Namespaces namespaces = new Namespaces()) {
            namespaces.refresh(cgroups(accelerator), true);
            PassReport report = accelerator.passSoon(namespaces);
            accelerator.callSidecar();
            return report;
        }
    }

    private void run() {
        try (Namespaces namespaces = new Namespaces(); RingBuffer wakes = accelerator.wakes(stop, folders)) {
            Pace pace = new Pace(new SplittableRandom(), System.nanoTime());
            Duration pause = Duration.ZERO;
            while (!stopped.get()) {
                boolean woken = waitFor(wakes, pause);
                spare();
                if (stopped.get() || !accelerator.isPinned()) {
                    return;
                }
                long began = System.nanoTime();
                namespaces.refresh(cgroups(accelerator), woken);
                long pass = System.nanoTime();
                long cpu = ThreadClock.cpuNanos();
                PassReport report = accelerator.pass(namespaces);
                cpu = ThreadClock.cpuNanos() - cpu;
                lastPassNanos = System.nanoTime() - pass;
                lastReport = report;
                passesInVain = report.didNothing() ? passesInVain + 1 : 0;
                passes++;
                listener.accept(report);
                lastRoundAt = System.nanoTime();
                lastRoundNanos = lastRoundAt - began;
                pause = pace.after(report, woken, cpu, lastRoundAt);
                ownPasses.addLast(accelerator.passNumber());
                forgetTheLost();
            }
        } catch (RuntimeException e) {
            // A detach may remove the pins in the middle of a pass: that is an end, not a failure.
            failure = accelerator.isPinned() ? e : null;
        } catch (Error e) {
            failure = new IllegalStateException("enrolment ended by " + e, e);
        } finally {
            if (!accelerator.isPinned()) {
                // Whoever removed them by hand has also removed the watches.
                accelerator.setMode(Mode.PAUSED);
            }
            ended.countDown();
        }
    }

    /** Waits until the thread ends: by {@link #close()}, by a failure, or because somebody has removed the pins. False when it has not. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return ended.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Has something looked at on this thread when a file in a folder has changed, or, where folders cannot be watched, every second. It is
     * not called any more once this is closed.
     *
     * @param look tells whether a pass is worth while now
     */
    public void onChange(Path folder, BooleanSupplier look) {
        allWatched &= folders.filter(watch -> watch.add(folder)).isPresent();
        looks.add(look);
    }

    /**
     * Sleeps until the pause is over, the programs ask for a pass, this is closed, the pins are gone, another process has run a pass and
     * changed something, or a watched file has changed.
     *
     * @return whether there is more to look at than after a pause
     */
    private boolean waitFor(RingBuffer wakes, Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        long pass = accelerator.passNumber();
        boolean woken;
        do {
            Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
            woken = wakes.await(allWatched ? left : min(left, LOOK));
            if (left.compareTo(SOON) < 0) {
                sleep(left);
            }
            if (folders.filter(FolderWatch::changed).isPresent() || !allWatched) {
                for (BooleanSupplier look : looks) {
                    woken |= look.getAsBoolean();
                }
            }
            woken |= accelerator.passNumber() != pass;
        } while (!woken && !stopped.get() && accelerator.isPinned() && System.nanoTime() < until);
        return woken;
    }

    /** Keeps passes that connections ask for in vain, as those to elsewhere may, to a small share of a core. */
    private void spare() {
        long early = lastRoundAt + lastRoundNanos * SPARE_PASSES - System.nanoTime();
        if (passesInVain > PATIENCE && early > 0) {
            sleep(min(Duration.ofNanos(early), SPARE_MAX));
        }
    }

    private void forgetTheLost() {
        if (ownPasses.size() <= FORGET_AFTER_PASSES) {
            return;
        }
        long since = ownPasses.removeFirst();
        long now = System.nanoTime();
        if (now - forgotAt >= FORGET_EVERY.toNanos()) {
            forgotAt = now;
            accelerator.forgetLost(since);
        }
    }

    private static List<Path> cgroups(Accelerator accelerator) {
        return accelerator.attachments().stream().map(Attachment::cgroup).toList();
    }

    private static boolean sleep(Duration time) {
        try {
            Thread.sleep(time);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Passes run so far. */
    public long passes() {
        return passes;
    }

    /** How long the last pass took, over all namespaces, in nanoseconds. */
    public long lastPassNanos() {
        return lastPassNanos;
    }

    /** What the last pass saw and did. */
    public PassReport lastReport() {
        return lastReport;
    }

    /** What ended the thread, or null while it runs. New flows then stay on TCP. */
    public RuntimeException failure() {
        return failure;
    }

    @Override
    public void close() {
        if (stopped.compareAndSet(false, true)) {
            stop.ring();
        }
        try {
            thread.join();
            stop.close();
            folders.ifPresent(FolderWatch::close);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
