package io.sockway.sockops;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How often a flow that is redirected has to show a packet, lest connection tracking forget it: through iptables REDIRECT its end
 * would then be lost. For the thread that runs passes.
 */
final class ConnectionTracking {
    /** However long connection tracking remembers. */
    static final Duration MOST = Duration.ofSeconds(30);

    private static final Path TIMEOUT = Path.of("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established");
    private static final int DIGITS = 32;
    private static final int PACKETS_WITHIN_TIMEOUT = 3;
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final ControlBlock control;
    private long lookedAt = System.nanoTime() - FRESH.toNanos();
    private boolean lookEverywhere;
    private long shortest;

    ConnectionTracking(ControlBlock control) {
        this.control = control;
    }

    /** Before a pass. */
    void begin() {
        long now = System.nanoTime();
        lookEverywhere = now - lookedAt >= FRESH.toNanos();
        lookedAt = lookEverywhere ? now : lookedAt;
        shortest = lookEverywhere ? MOST.toNanos() : control.tcpInterval();
    }

    /** In each network namespace, after the pass there. */
    void visit(PassReport report) {
        if (lookEverywhere || report.activated() > 0) {
            shortest = Math.min(shortest, interval());
        }
    }

    /** After a pass: tells the gate. */
    void end() {
        if (shortest != control.tcpInterval()) {
            control.tcpInterval(shortest);
        }
    }

    /** Nanoseconds, for the calling thread's network namespace. */
    private static long interval() {
        try (InputStream file = Files.newInputStream(TIMEOUT)) {
            // One read: the kernel gives such a file's digits to the first one only, and Files.readString begins with a byte.
            String digits = new String(file.readNBytes(DIGITS), StandardCharsets.US_ASCII);
            long timeout = Duration.ofSeconds(Long.parseLong(digits.strip())).toNanos();
            return Math.clamp(timeout / PACKETS_WITHIN_TIMEOUT, 1, MOST.toNanos());
        } catch (IOException | NumberFormatException | ArithmeticException e) {
            // connection tracking is not there
            return MOST.toNanos();
        }
    }
}
