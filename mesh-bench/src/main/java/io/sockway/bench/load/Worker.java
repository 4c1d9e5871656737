package io.sockway.bench.load;

import io.netty.channel.EventLoop;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * One thread's part of a load: its connections, its schedule, and what it saw. All methods are for its event loop, except those that
 * say otherwise.
 *
 * <p>On a schedule the n-th request is due at {@code start + n * interval}, and goes over the next connection with room. While none
 * has room the requests wait, and their latency runs from when they were due. In a closed loop a connection sends as soon as it has
 * room, and latency runs from there.
 */
final class Worker {
    private static final long NEVER = Long.MAX_VALUE;
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final int LINKS_SWEPT_MILLIS = 100;

    /** How long after its end a schedule that is behind is still sent. */
    private static final long CATCH_UP_NANOS = 1_000_000_000;

    private final LoadPlan plan;
    private final EventLoop loop;
    private final SingleWriterRecorder latencies = new SingleWriterRecorder(SIGNIFICANT_DIGITS);
    private final SingleWriterRecorder connects = new SingleWriterRecorder(SIGNIFICANT_DIGITS);
    private final AtomicLong answered = new AtomicLong();
    private final AtomicInteger opened = new AtomicInteger();
    private final Map<ErrorKind, Long> errors = new EnumMap<>(ErrorKind.class);
    private final Histogram lags = new Histogram(SIGNIFICANT_DIGITS);
    private final Set<Link> links = new LinkedHashSet<>();
    private final SequencedSet<Link> idle = new LinkedHashSet<>();
    private final double intervalNanos;
    private String lastFailure = "";
    private long start = NEVER;
    private long from = NEVER;
    private long until = NEVER;
    private long sequence;
    private long wakeAt = NEVER;
    private boolean over;

    Worker(LoadPlan plan, EventLoop loop) {
        this.plan = plan;
        this.loop = loop;
        this.intervalNanos = plan.open() ? 1e9 * plan.threads() / plan.rate() : 0;
    }

    LoadPlan plan() {
        return plan;
    }

    EventLoop loop() {
        return loop;
    }

    /** Latencies in nanoseconds; any thread may take them out. */
    SingleWriterRecorder latencies() {
        return latencies;
    }

    /** How long connecting took, in nanoseconds; any thread may take them out. */
    SingleWriterRecorder connects() {
        return connects;
    }

    /** Answers so far; for any thread. */
    long answered() {
        return answered.get();
    }

    /** Connections that have come so far; for any thread. */
    int openedSoFar() {
        return opened.get();
    }

    /** Why a connection did not come or went; empty if none did. */
    String lastFailure() {
        return lastFailure;
    }

    /** Begins to send: requests that are due between {@code measureFrom} and {@code stopAt} count. */
    void begin(long now, long measureFrom, long stopAt, double phase) {
        start = now + (long) (phase * intervalNanos);
        from = measureFrom;
        until = stopAt;
        loop.scheduleAtFixedRate(this::sweep, LINKS_SWEPT_MILLIS, LINKS_SWEPT_MILLIS, TimeUnit.MILLISECONDS);
        pump();
    }

    /** A connection is there. */
    void opened(Link link, long nanos) {
        connects.recordValue(nanos);
        opened.incrementAndGet();
        links.add(link);
        idle.add(link);
        pump();
    }

    /** A connection did not come; {@code why} for people. */
    void unreachable(String why) {
        lastFailure = why;
    }

    /** A connection is gone; {@code why} for people. */
    void lost(Link link, String why) {
        links.remove(link);
        lastFailure = why;
    }

    /** Whether connections that are gone should come again. */
    boolean wanted() {
        return !over && !loop.isShuttingDown();
    }

    /** An answer is there. */
    void answered(long intended, long now, int status) {
        answered.lazySet(answered.get() + 1);
        if (status < 200 || status >= 400) {
            failed(ErrorKind.STATUS, intended);
        }
        record(intended, now);
    }

    /** A request will not be answered. */
    void failed(ErrorKind kind, long intended) {
        if (intended >= from && intended < until) {
            errors.merge(kind, 1L, Long::sum);
        }
    }

    /** Something went wrong with a connection that had no requests. */
    void failed(ErrorKind kind) {
        errors.merge(kind, 1L, Long::sum);
    }

    /** The connection has room: the next {@link #pump} sends over it what is due. */
    void ready(Link link) {
        idle.add(link);
    }

    /** To be called when all answers that came at once are read. */
    void pump() {
        long now = System.nanoTime();
        if (start == NEVER) {
            return;
        }
        if (plan.open()) {
            sendDue(now, false);
        } else {
            while (!idle.isEmpty()) {
                fill(idle.removeFirst(), now);
            }
        }
    }

    /** Whether nothing is to be sent and nothing to be waited for. */
    boolean drained() {
        boolean sent = !plan.open() || due(sequence) >= until || System.nanoTime() >= until + CATCH_UP_NANOS;
        return sent && links.stream().allMatch(link -> link.waiting() == 0);
    }

    /** The time is over: what still waits counts with the age that it has. */
    Leftovers end(long now) {
        over = true;
        long unanswered = 0;
        for (Link link : Set.copyOf(links)) {
            unanswered += link.waiting();
            link.fail(ErrorKind.TIMEOUT);
        }
        long unsent = 0;
        if (plan.open() && start != NEVER) {
            for (; due(sequence) < until; sequence++) {
                record(due(sequence), now);
                failed(ErrorKind.UNSENT, due(sequence));
                unsent++;
            }
        }
        return new Leftovers(unanswered, unsent, errors, lags, lastFailure);
    }

    /**
     * What a worker leaves at its end.
     *
     * @param unanswered requests that were sent
     * @param unsent requests that were due
     * @param errors by kind
     * @param lags how late requests were sent though a connection had room, in nanoseconds
     * @param lastFailure of a connection, for people; empty if there was none
     */
    record Leftovers(long unanswered, long unsent, Map<ErrorKind, Long> errors, Histogram lags, String lastFailure) {
    }

    /** Records a request that ended one way or the other. */
    void record(long intended, long now) {
        if (intended >= from && intended < until) {
            latencies.recordValue(Math.max(now - intended, 0));
        }
    }

    private void fill(Link link, long now) {
        if (now >= until) {
            return;
        }
        int room = link.room();
        for (int sent = 0; sent < room; sent++) {
            link.send(now);
        }
        if (room > 0) {
            link.flush();
        }
    }

    private long due(long number) {
        return start + (long) (number * intervalNanos);
    }

    /** Of all lags only those tell of the generator that are a timer's: others waited for a connection, and so for the server. */
    private void sendDue(long now, boolean awakened) {
        long due = due(sequence);
        while (due <= now && due < until && now < until + CATCH_UP_NANOS && !idle.isEmpty()) {
            Link link = idle.removeFirst();
            if (link.room() == 0) {
                continue;
            }
            link.send(due);
            link.flush();
            if (link.room() > 0) {
                idle.add(link);
            }
            if (awakened && due >= from) {
                lags.recordValue(now - due);
            }
            due = due(++sequence);
        }
        if (!idle.isEmpty() && due < until && due < wakeAt) {
            wakeAt = due;
            loop.schedule(this::wake, Math.max(due - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
        }
    }

    private void wake() {
        wakeAt = NEVER;
        sendDue(System.nanoTime(), true);
    }

    private void sweep() {
        long limit = System.nanoTime() - plan.timeoutNanos();
        for (Link link : Set.copyOf(links)) {
            if (link.oldest() < limit) {
                link.fail(ErrorKind.TIMEOUT);
            }
        }
    }
}
