package io.sockway.bench.turns;

import io.sockway.bench.lab.LabException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Loads one listener whenever its turn comes, over connections that stay open. For one thread. */
final class TurnLoad implements AutoCloseable {
    private static final long SILENCE_MILLIS = 5000;

    private final Selector selector;
    private final List<TurnConnection> connections = new ArrayList<>();
    private final double rate;

    TurnLoad(InetSocketAddress target, String path, int count, double rate) throws IOException {
        this.selector = Selector.open();
        this.rate = rate;
        for (int i = 0; i < count; i++) {
            connections.add(TurnConnection.open(selector, target, path));
        }
    }

    /** Sends for so long, waits for all answers, and says how many there were. */
    long run(long nanos) throws IOException {
        return rate > 0 ? scheduled(nanos) : closed(nanos);
    }

    /** Each connection asks again as soon as it has its answer. */
    private long closed(long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        for (TurnConnection connection : connections) {
            connection.ask();
        }
        long answered = 0;
        int underWay = connections.size();
        while (underWay > 0) {
            List<TurnConnection> ready = answers(SILENCE_MILLIS);
            answered += ready.size();
            if (System.nanoTime() < end) {
                for (TurnConnection connection : ready) {
                    connection.ask();
                }
            } else {
                underWay -= ready.size();
            }
        }
        return answered;
    }

    /** Requests are due at even distances and sent then, or as soon as a connection is free. */
    private long scheduled(long nanos) throws IOException {
        long begin = System.nanoTime();
        long due = Math.round(rate * nanos / 1e9);
        Deque<TurnConnection> idle = new ArrayDeque<>(connections);
        long sent = 0;
        while (sent < due || idle.size() < connections.size()) {
            long next = begin + Math.round(sent * 1e9 / rate);
            if (sent < due && !idle.isEmpty() && System.nanoTime() >= next) {
                idle.pop().ask();
                sent++;
                continue;
            }
            idle.addAll(answers(sent < due && !idle.isEmpty() ? 0 : SILENCE_MILLIS));
            long wait = next - System.nanoTime();
            if (sent < due && wait > 0) {
                LockSupport.parkNanos(wait);
            }
        }
        return due;
    }

    /** The connections whose answers are complete now, or within so long. */
    private List<TurnConnection> answers(long millis) throws IOException {
        int keys = millis == 0 ? selector.selectNow() : selector.select(millis);
        if (keys == 0 && millis > 0) {
            throw new LabException("no answer came within %d s".formatted(TimeUnit.MILLISECONDS.toSeconds(millis)));
        }
        List<TurnConnection> complete = new ArrayList<>();
        for (SelectionKey key : selector.selectedKeys()) {
            TurnConnection connection = (TurnConnection) key.attachment();
            if (connection.read()) {
                complete.add(connection);
            }
        }
        selector.selectedKeys().clear();
        return complete;
    }

    @Override
    public void close() throws IOException {
        for (TurnConnection connection : connections) {
            connection.close();
        }
        selector.close();
    }
}
