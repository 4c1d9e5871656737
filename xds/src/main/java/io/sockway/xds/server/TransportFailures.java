package io.sockway.xds.server;

import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Whoever speaks another protocol to the server has gRPC log a stack trace. This makes a line of it, at most one a second: a port scanner
 * fills no disk, and an Envoy with the wrong certificate is still told of. Thread-safe.
 */
final class TransportFailures implements Filter {
    private static final long EVERY_NANOS = 1_000_000_000;
    /** Held, since the log manager would forget it and its filter. */
    private static final Logger LOGGER = Logger.getLogger("io.grpc.netty.NettyServerTransport.connections");

    private final AtomicLong last = new AtomicLong(System.nanoTime() - EVERY_NANOS);

    private TransportFailures() {
    }

    static synchronized void shorten() {
        if (LOGGER.getFilter() == null) {
            LOGGER.setFilter(new TransportFailures());
        }
    }

    @Override
    public boolean isLoggable(LogRecord entry) {
        Throwable cause = entry.getThrown();
        if (cause == null) {
            return true;
        }
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        entry.setMessage("a client's connection failed: " + cause.getMessage());
        entry.setThrown(null);
        long now = System.nanoTime();
        long before = last.get();
        return now - before >= EVERY_NANOS && last.compareAndSet(before, now);
    }
}
