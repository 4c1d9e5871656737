package io.sockway.xds.testing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Asks for a URL again and again from two threads, and counts the answers by status; 0 stands for none. */
public final class Load implements AutoCloseable {
    private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();
    private final Thread[] threads = new Thread[2];
    private volatile boolean closed;

    public Load(String url) {
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(() -> {
                while (!closed) {
                    int status = EnvoyProcess.get(url).map(reply -> reply.statusCode()).orElse(0);
                    answers.computeIfAbsent(status, key -> new LongAdder()).increment();
                }
            });
        }
    }

    public Map<Integer, LongAdder> answers() {
        return answers;
    }

    public long count() {
        return answers.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Ends when the requests on their way have been answered. */
    public void stop() {
        closed = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
