package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** The end that connects, drives the load and measures it. */
final class Client {
    /** Round trips beyond these are counted, but not timed one by one. */
    private static final int MOST_TIMED = 1 << 19;

    /** Long enough for a stream's reader to catch up. */
    private static final Duration CATCH_UP = Duration.ofMillis(20);

    /** Where requests overlap, the mean over such a stretch is timed: long beside any queue, short beside what disturbs the machine. */
    private static final long STRETCH_NANOS = 10_000_000;

    private static final double[] TIMES = new double[MOST_TIMED];

    private final Assignment assignment;
    private final Path serverClock;
    private final MemorySegment buffer;
    private final MemorySegment target;
    private final Message request;
    private final Message expected;
    private int timed;
    private long stretchBegan;
    private long stretchRequests;
    private long started;

    private Client(Arena arena, Assignment assignment, Path serverClock) {
        this.assignment = assignment;
        this.serverClock = serverClock;
        this.buffer = arena.allocate(Math.max(assignment.bytes(), Server.LEAST_BUFFER), Long.BYTES);
        this.target = Connection.target(arena, assignment);
        this.request = new Message(arena, assignment.bytes());
        this.expected = new Message(arena, assignment.bytes());
    }

    /** Measures one slice; {@code serverClock} is the scheduler's file on the server's thread. */
    static Sample drive(Assignment assignment, Path serverClock) {
        try (Arena arena = Arena.ofConfined()) {
            Client client = new Client(arena, assignment, serverClock);
            return switch (assignment.pattern()) {
                case PING_PONG, IN_FLIGHT -> client.requests();
                case STREAM -> client.stream();
                case CONNECT -> client.connections();
                case HTTP -> throw new IllegalArgumentException("wrk drives HTTP");
            };
        }
    }

    private Sample requests() {
        try (Connection connection = Connection.open(assignment.domain(), target)) {
            exchange(connection, assignment.warmUp());
            Reading before = new Reading(connection.tcpBytes());
            timed = 0;
            exchange(connection, assignment.measured());
            Sample sample = before.sample(connection.tcpBytes());
            connection.finish();
            confirm(connection);
            return sample;
        }
    }

    private Sample stream() {
        try (Connection connection = Connection.open(assignment.domain(), target)) {
            send(connection, assignment.warmUp());
            pause();
            Reading before = new Reading(connection.tcpBytes());
            timed = 0;
            send(connection, assignment.measured());
            connection.finish();
            confirm(connection);
            return before.sample(connection.tcpBytes());
        }
    }

    private Sample connections() {
        connect(assignment.warmUp());
        Reading before = new Reading(0);
        timed = 0;
        long share = connect(assignment.measured());
        Sample sample = before.sample(share * (started - before.started));
        Connection.open(assignment.domain(), target).close();
        return sample;
    }

    /** Keeps as many requests on their way as the pattern allows, and returns with none on its way. */
    private void exchange(Connection connection, Duration duration) {
        int window = assignment.pattern().window();
        long length = assignment.bytes();
        long address = 0;
        long pending = 0;
        long now = System.nanoTime();
        long turn = now;
        long end = now + duration.toNanos();
        beginStretch(now);
        while (now < end || pending > 0 || expected.checked() < started) {
            if (pending == 0 && now < end && started - expected.checked() < window) {
                address = request.stamped(started++);
                pending = length;
                turn = now;
            }
            if (pending > 0) {
                long sent = connection.send(address + length - pending, pending);
                pending -= sent;
                if (sent > 0 && (pending > 0 || started - expected.checked() < window && now < end)) {
                    continue;
                }
            }
            if (pending > 0) {
                connection.awaitEither();
            } else {
                connection.awaitReadable();
            }
            long received = connection.receive(buffer);
            if (received < 0) {
                throw new HopException("the server closed the connection after %d of %d answers".formatted(expected.checked(), started));
            }
            int completed = expected.check(buffer, received);
            now = System.nanoTime();
            if (window > 1) {
                stretch(now, completed);
            } else if (completed > 0) {
                time(now - turn);
            }
        }
    }

    /** Sends whole messages one after the other. */
    private void send(Connection connection, Duration duration) {
        long now = System.nanoTime();
        long end = now + duration.toNanos();
        beginStretch(now);
        while (now < end) {
            connection.sendAll(request.stamped(started++), assignment.bytes());
            now = System.nanoTime();
            stretch(now, 1);
        }
    }

    /** One connection after the other; returns how many bytes of its request and its answer TCP carried in the last one. */
    private long connect(Duration duration) {
        long now = System.nanoTime();
        long end = now + duration.toNanos();
        while (true) {
            long turn = now;
            try (Connection connection = Connection.open(assignment.domain(), target)) {
                connection.sendAll(request.stamped(started++), assignment.bytes());
                long received = 0;
                while (received >= 0) {
                    expected.check(buffer, received);
                    connection.awaitReadable();
                    received = connection.receive(buffer);
                }
                if (expected.checked() != started) {
                    throw new HopException("the server closed connection %d before its answer was complete".formatted(started));
                }
                if (turn >= end) {
                    return connection.tcpBytes();
                }
            }
            now = System.nanoTime();
            time(now - turn);
        }
    }

    /** Waits for the server's count of messages and the end of the stream. */
    private void confirm(Connection connection) {
        long at = 0;
        long received = 0;
        while (received >= 0) {
            at += received;
            connection.awaitReadable();
            received = connection.receive(buffer.asSlice(at));
        }
        if (at != Long.BYTES || buffer.get(JAVA_LONG, 0) != started) {
            throw new HopException("sent %d messages, but the server %s".formatted(started,
                    at == Long.BYTES ? "counted " + buffer.get(JAVA_LONG, 0) : "closed without a count"));
        }
    }

    private void beginStretch(long now) {
        stretchBegan = now;
        stretchRequests = 0;
    }

    /** Counts requests, and times the stretch when it is over. */
    private void stretch(long now, long requests) {
        stretchRequests += requests;
        if (stretchRequests > 0 && now - stretchBegan >= STRETCH_NANOS) {
            time((double) (now - stretchBegan) / stretchRequests);
            beginStretch(now);
        }
    }

    private void time(double nanos) {
        if (timed < MOST_TIMED) {
            TIMES[timed++] = nanos;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(CATCH_UP);
        } catch (InterruptedException e) {
            throw new HopException("interrupted", e);
        }
    }

    /** The clocks when the measured part begins. The server's is exact, because its thread sleeps while nothing is on its way. */
    private final class Reading {
        private final long started = Client.this.started;
        private final long tcpBytes;
        private final long serverCpu = schedulerNanos(serverClock);
        private final long clientCpu = Libc.threadCpuNanos();
        private final long wall = System.nanoTime();

        Reading(long tcpBytes) {
            this.tcpBytes = tcpBytes;
        }

        /** What was measured since; the time of a request is the middle one of those timed, or the mean of all if none was. */
        Sample sample(long tcpBytesNow) {
            long nanos = System.nanoTime() - wall;
            long client = Libc.threadCpuNanos() - clientCpu;
            long server = schedulerNanos(serverClock) - serverCpu;
            long requests = Client.this.started - started;
            double carried = (double) requests * assignment.bytes() * assignment.pattern().messagesPerRequest();
            return new Sample(timed > 0 ? median() : (double) nanos / requests, (double) (client + server) / requests,
                    Math.clamp((tcpBytesNow - tcpBytes) / carried, 0, 1), requests);
        }

        private double median() {
            double[] sorted = Arrays.copyOf(TIMES, timed);
            Arrays.sort(sorted);
            return sorted[sorted.length / 2];
        }
    }

    /** The first number in /proc/PID/task/TID/schedstat: time spent on a CPU. */
    private static long schedulerNanos(Path file) {
        try {
            String line = Files.readString(file);
            return Long.parseLong(line.substring(0, line.indexOf(' ')));
        } catch (IOException e) {
            throw new HopException("cannot read " + file, e);
        }
    }
}
