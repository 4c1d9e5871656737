package io.sockway.bench.hop;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a plan is measured, for people. */
final class Method {
    private Method() {
    }

    /** By topic; of messages and of HTTP only if the plan has them. */
    static Map<String, String> words(Plan plan) {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("Order", "the variants of a cell in turn, each time beginning with another; fresh connections for every slice, fresh "
                + "processes for every round and route, with HTTP for every slice");
        if (plan.variants().contains(Variant.SOCKWAY)) {
            words.put("Plain TCP", "while Sockway is attached to another pod, which lengthens each system call of the machine a little; "
                    + "--variants beside tells by how much");
        }
        if (plan.variants().contains(Variant.BESIDE)) {
            words.put("Beside Sockway", "in the same pod as plain TCP; Sockway is started on another pod before the slice and ended "
                    + "after it");
        }
        words.put("Slices", "%d ms each, after a warm-up of 200 ms for Unix sockets and short connections and 600 ms otherwise"
                .formatted(plan.measured().toMillis()));
        if (plan.peers()) {
            words.put("Ends", "two processes, non-blocking sockets, epoll, system calls straight from Java; each end's thread is pinned");
            words.put("Time", "ping-pong and connections: the median of all; stream and 16 in flight: the median of stretches of 10 ms");
            words.put("CPU", "user and system time of both ends' threads; not that of Sockway's own process");
            words.put("Integrity", "every message's number is checked at its both ends, every 64th message byte by byte");
        }
        if (!plan.tools().isEmpty()) {
            words.put("HTTP ends", "nginx with one worker, static files and sendfile; wrk with one thread; both are pinned");
            words.put("HTTP time", "the length of the slice divided by the requests that nginx counted in it");
            words.put("HTTP CPU", "user and system time of nginx and wrk; not that of Sockway's own process");
            words.put("HTTP integrity", "one answer's length, and the status of each");
        }
        words.put("Bytes by TCP", "tcpi_bytes_received and tcpi_bytes_acked of the client's sockets against the bytes that were sent");
        return words;
    }
}
