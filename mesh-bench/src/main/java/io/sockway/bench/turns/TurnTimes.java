package io.sockway.bench.turns;

import com.google.gson.Gson;
import java.util.List;

/**
 * What turns took. As JSON it is one line.
 *
 * @param micros CPU time a request in microseconds: by listener, then by turn
 * @param rates answers a second: by listener, over all turns that count
 */
public record TurnTimes(List<List<Double>> micros, List<Double> rates) {
    private static final Gson GSON = new Gson();

    /** Equal to the given lists, and not changed when these are. */
    public TurnTimes {
        micros = micros.stream().map(List::copyOf).toList();
        rates = List.copyOf(rates);
    }

    String toJson() {
        return GSON.toJson(this);
    }

    static TurnTimes parse(String json) {
        return GSON.fromJson(json, TurnTimes.class);
    }
}
