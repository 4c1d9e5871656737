package io.sockway.bench.load;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.sockway.bench.lab.Await;
import io.sockway.xds.transport.Causes;
import io.sockway.xds.transport.Loops;
import io.sockway.xds.transport.OpenTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** Makes a load from this process. Each run has its own threads and connections, which end with it. */
public final class LoadGenerator {
    private static final int RING_ENTRIES = 1024;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(4);

    /** Between connecting and the first request: long enough to tell all threads. */
    private static final long HEAD_START_NANOS = 5_000_000;

    private static final long LEAST_TICK_NANOS = 20_000_000;
    private static final int MOST_TICKS = 1_000;
    private static final long INTERVAL_NANOS = 1_000_000_000;

    private final LoadPlan plan;
    private final LoadListener listener;
    private final List<Worker> workers = new ArrayList<>();
    private final List<ThreadClock> clocks = new ArrayList<>();
    private final List<ThreadClock.Times> before = new ArrayList<>();
    private final List<LoadResult.Tick> timeline = new ArrayList<>();
    private final Histogram latencies = new Histogram(3);

    private LoadGenerator(LoadPlan plan, LoadListener listener) {
        this.plan = plan;
        this.listener = listener;
    }

    /**
     * Runs a load and returns when its last answer is there.
     *
     * @throws LoadException if nothing could be connected to, or nothing answered
     */
    public static LoadResult run(LoadPlan plan, LoadListener listener) {
        InetSocketAddress address = address(plan);
        OpenTransport transport = open(plan);
        try {
            return new LoadGenerator(plan, listener).run(transport, address);
        } finally {
            transport.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        }
    }

    private static OpenTransport open(LoadPlan plan) {
        try {
            return OpenTransport.firstOf(plan.transports(), Loops.of(plan.threads(), RING_ENTRIES, "load-"));
        } catch (RuntimeException | LinkageError e) {
            throw new LoadException("no " + plan.transports().getLast().label() + ": " + Causes.line(e));
        }
    }

    private static InetSocketAddress address(LoadPlan plan) {
        try {
            InetAddress[] addresses = InetAddress.getAllByName(plan.host());
            return Stream.of(addresses).map(address -> new InetSocketAddress(address, plan.port()))
                    .filter(address -> addresses.length > 1 && listening(address)).findFirst()
                    .orElse(new InetSocketAddress(addresses[0], plan.port()));
        } catch (UnknownHostException e) {
            throw new LoadException("no address for the host '" + plan.host() + "'");
        }
    }

    /** A name may stand for several addresses, of which a server need not listen on all. */
    private static boolean listening(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) CONNECT_LIMIT.toMillis());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private LoadResult run(OpenTransport transport, InetSocketAddress address) {
        for (EventExecutor executor : transport.group()) {
            Worker worker = new Worker(plan, (EventLoop) executor);
            workers.add(worker);
            clocks.add(on(worker, () -> {
                ThreadClock.firePunctually();
                return ThreadClock.own();
            }));
        }
        List<Connector> connectors = workers.stream().map(worker -> new Connector(worker, transport.transport().channel(), address))
                .toList();
        for (int number = 0; number < plan.connections(); number++) {
            int thread = number % workers.size();
            on(workers.get(thread), () -> {
                connectors.get(thread).connect();
                return true;
            });
        }
        int connected = awaitConnections();
        listener.connected(connected, transport.description());

        long start = System.nanoTime() + HEAD_START_NANOS;
        long from = start + plan.warmUpNanos();
        long until = from + plan.measuredNanos();
        for (int thread = 0; thread < workers.size(); thread++) {
            Worker worker = workers.get(thread);
            double phase = (double) thread / workers.size();
            worker.loop().execute(() -> worker.begin(start, from, until, phase));
        }
        awaitWarm(from);
        before.addAll(clocks.stream().map(ThreadClock::read).toList());
        listener.measuring();
        measure(from, until);
        List<ThreadClock.Times> used = new ArrayList<>();
        for (int thread = 0; thread < clocks.size(); thread++) {
            used.add(clocks.get(thread).read().minus(before.get(thread)));
        }
        drain();
        List<Worker.Leftovers> leftovers = workers.stream().map(worker -> on(worker, () -> worker.end(System.nanoTime()))).toList();
        workers.forEach(worker -> latencies.add(worker.latencies().getIntervalHistogram()));
        requireAnswers(leftovers);
        if (latencies.getTotalCount() == 0) {
            throw new LoadException("no request of the measured time came to an end at %s, only earlier ones; give it more time"
                    .formatted(plan.target()));
        }
        return new Summary(plan, workers, leftovers, used, latencies, timeline, transport.description()).result();
    }

    private int awaitConnections() {
        long limit = System.nanoTime() + CONNECT_LIMIT.toNanos();
        while (opened() < plan.connections() && System.nanoTime() < limit && failure().isEmpty()) {
            Await.sleep(Duration.ofMillis(1));
        }
        int opened = opened();
        if (opened == 0) {
            String failure = failure();
            throw new LoadException("cannot connect to %s:%d%s".formatted(plan.host(), plan.port(),
                    failure.isEmpty() ? ": no answer within %d s".formatted(CONNECT_LIMIT.toSeconds()) : ": " + failure));
        }
        return opened;
    }

    private int opened() {
        return workers.stream().mapToInt(Worker::openedSoFar).sum();
    }

    /** Why no connection came; empty while there is hope. */
    private String failure() {
        return opened() > 0 ? "" : workers.stream().map(worker -> on(worker, worker::lastFailure))
                .filter(failure -> !failure.isEmpty()).findFirst().orElse("");
    }

    private void awaitWarm(long from) {
        while (System.nanoTime() < from) {
            Await.sleep(Duration.ofNanos(Math.clamp(from - System.nanoTime(), 1, LEAST_TICK_NANOS)));
        }
        workers.forEach(worker -> worker.latencies().reset());
    }

    private void measure(long from, long until) {
        long intervalStart = System.currentTimeMillis();
        long nextInterval = from + INTERVAL_NANOS;
        long pause = Math.clamp(plan.measuredNanos() / MOST_TICKS, LEAST_TICK_NANOS, INTERVAL_NANOS);
        tick();
        while (System.nanoTime() < until) {
            Await.sleep(Duration.ofNanos(Math.clamp(until - System.nanoTime(), 1, pause)));
            tick();
            if (System.nanoTime() >= Math.min(nextInterval, until)) {
                Histogram interval = new Histogram(3);
                for (Worker worker : workers) {
                    interval.add(worker.latencies().getIntervalHistogram());
                }
                latencies.add(interval);
                long now = System.currentTimeMillis();
                double done = Math.min((double) (System.nanoTime() - from) / (until - from), 1);
                listener.interval(intervalStart, now, interval, done);
                intervalStart = now;
                nextInterval += INTERVAL_NANOS;
                requireHope();
            }
        }
    }

    /** Nothing for as long as a request may take: nothing will come. */
    private void requireHope() {
        if (answered() == 0 && System.nanoTime() - timeline.getFirst().nanos() + plan.warmUpNanos() > plan.timeoutNanos()) {
            requireAnswers(workers.stream().map(worker -> on(worker, () -> worker.end(System.nanoTime()))).toList());
        }
    }

    private void requireAnswers(List<Worker.Leftovers> leftovers) {
        if (answered() > 0) {
            return;
        }
        String why = leftovers.stream().map(Worker.Leftovers::lastFailure).filter(failure -> !failure.isEmpty()).findFirst()
                .orElse(plan.silence());
        throw new LoadException("no answer from %s: %s".formatted(plan.target(), why));
    }

    private long answered() {
        return workers.stream().mapToLong(Worker::answered).sum();
    }

    private void tick() {
        timeline.add(new LoadResult.Tick(System.nanoTime(), answered()));
    }

    private void drain() {
        long limit = System.nanoTime() + plan.timeoutNanos();
        while (System.nanoTime() < limit && !workers.stream().allMatch(worker -> on(worker, worker::drained))) {
            Await.sleep(Duration.ofMillis(2));
        }
    }

    /** Runs something on a worker's thread and waits for it. */
    private static <T> T on(Worker worker, Callable<T> task) {
        try {
            return worker.loop().submit(task).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a load thread failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted");
        }
    }
}
