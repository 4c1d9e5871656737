package io.sockway.xds.server;

import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;

/**
 * Whoever speaks another protocol to the server has gRPC log a stack trace, and who shows a certificate that is not trusted has it log
 * nothing that is shown. This makes a line of either, at most one a second: a port scanner fills no disk, and an Envoy with the wrong
 * certificate is told of. Thread-safe.
 */
final class TransportFailures implements Filter {
    private static final long EVERY_NANOS = 1_000_000_000;
    /** Held, since the log manager would forget them and their filter. */
    private static final Logger CONNECTIONS = Logger.getLogger("io.grpc.netty.NettyServerTransport.connections");
    private static final Logger HANDSHAKES = Logger.getLogger("io.grpc.netty.WriteBufferingAndExceptionHandler");

    private final AtomicLong last = new AtomicLong(System.nanoTime() - EVERY_NANOS);

    private TransportFailures() {
    }

    static synchronized void shorten() {
        if (CONNECTIONS.getFilter() == null) {
            TransportFailures filter = new TransportFailures();
            CONNECTIONS.setFilter(filter);
            HANDSHAKES.setFilter(filter);
            HANDSHAKES.setLevel(Level.FINE);
        }
    }

    @Override
    public boolean isLoggable(LogRecord entry) {
        boolean shown = entry.getLevel().intValue() >= Level.INFO.intValue();
        Throwable cause = entry.getThrown();
        if (cause == null) {
            return shown;
        }
        boolean handshake = cause instanceof SSLException;
        while (cause.getCause() != null) {
            cause = cause.getCause();
            handshake |= cause instanceof SSLException;
        }
        if (!shown && !handshake) {
            return false;
        }
        entry.setLevel(Level.INFO);
        entry.setMessage("a client's " + (handshake ? "TLS handshake" : "connection") + " failed: " + cause.getMessage());
        entry.setThrown(null);
        long now = System.nanoTime();
        long before = last.get();
        return now - before >= EVERY_NANOS && last.compareAndSet(before, now);
    }
}
