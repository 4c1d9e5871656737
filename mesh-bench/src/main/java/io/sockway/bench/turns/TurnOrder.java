package io.sockway.bench.turns;

import com.google.gson.Gson;
import java.util.List;

/**
 * Listeners of one process that are to be loaded in turn. As JSON it is one line.
 *
 * @param host of all of them
 * @param ports of the listeners; each has connections of its own, which stay open
 * @param path that is asked for
 * @param connections to each listener, with one request in flight
 * @param rate requests a second; 0 for a closed loop
 * @param turnNanos how long a turn sends; it ends when all answers are there
 * @param turns of each listener that count
 * @param process whose CPU time counts, by its pid
 */
public record TurnOrder(String host, List<Integer> ports, String path, int connections, double rate, long turnNanos, int turns,
        long process) {
    private static final Gson GSON = new Gson();

    public TurnOrder {
        ports = List.copyOf(ports);
    }

    String toJson() {
        return GSON.toJson(this);
    }

    static TurnOrder parse(String json) {
        return GSON.fromJson(json, TurnOrder.class);
    }
}
