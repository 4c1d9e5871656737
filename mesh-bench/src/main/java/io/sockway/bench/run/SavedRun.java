package io.sockway.bench.run;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A run as its JSON has it.
 *
 * @param file where it was read
 * @param scenario its name
 * @param valid the names of the variants without problems that were measured
 * @param values each figure over its rounds
 * @param ratios each figure to the baseline's
 */
record SavedRun(Path file, String scenario, Set<String> valid, Map<Key, Spread> values, Map<Key, Spread> ratios) {
    private static final int FORMAT = 2;

    /**
     * What a figure is of.
     *
     * @param variant its name
     * @param load in few words
     * @param metric its name
     */
    record Key(String variant, String load, String metric) {
    }

    /** Reads a report of {@code bench run}. */
    static SavedRun read(Path file) {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            int format = json.get("format").getAsInt();
            if (format != FORMAT) {
                throw new UnmetRequirementException("%s has format %d, this program reads format %d".formatted(file, format, FORMAT),
                        "run it again");
            }
            return new SavedRun(file, json.get("scenario").getAsString(), valid(json), values(json), ratios(json));
        } catch (IOException e) {
            throw new UnmetRequirementException("cannot read " + file, "name two files that 'sockway bench run --json' wrote");
        } catch (JsonParseException | IllegalStateException | NullPointerException | NumberFormatException
                | UnsupportedOperationException | ClassCastException e) {
            throw new UnmetRequirementException(file + " is no report", "name two files that 'sockway bench run --json' wrote");
        }
    }

    private static Set<String> valid(JsonObject json) {
        Set<String> valid = new LinkedHashSet<>();
        for (JsonElement variant : json.getAsJsonArray("variants")) {
            if (variant.getAsJsonObject().get("valid").getAsBoolean() && !variant.getAsJsonObject().getAsJsonArray("rounds").isEmpty()) {
                valid.add(variant.getAsJsonObject().get("name").getAsString());
            }
        }
        return valid;
    }

    private static Map<Key, Spread> values(JsonObject json) {
        Map<String, Set<Integer>> counted = counted(json);
        Map<Key, List<Double>> values = new LinkedHashMap<>();
        for (JsonElement variant : json.getAsJsonArray("variants")) {
            String name = variant.getAsJsonObject().get("name").getAsString();
            for (JsonElement round : variant.getAsJsonObject().getAsJsonArray("rounds")) {
                String load = round.getAsJsonObject().get("load").getAsString();
                if (counted.containsKey(load) && !counted.get(load).contains(round.getAsJsonObject().get("round").getAsInt())) {
                    continue;
                }
                round.getAsJsonObject().entrySet().stream()
                        .filter(member -> member.getValue().isJsonPrimitive() && member.getValue().getAsJsonPrimitive().isNumber())
                        .forEach(member -> values.computeIfAbsent(new Key(name, load, member.getKey()), key -> new ArrayList<>())
                                .add(member.getValue().getAsDouble()));
            }
        }
        Map<Key, Spread> spreads = new LinkedHashMap<>();
        values.values().removeIf(rounds -> rounds.stream().anyMatch(value -> !Double.isFinite(value)));
        values.forEach((key, rounds) -> spreads.put(key, Spread.of(rounds)));
        return spreads;
    }

    /** The numbers of the rounds that count, by load: others were disturbed. */
    private static Map<String, Set<Integer>> counted(JsonObject json) {
        Map<String, Set<Integer>> counted = new HashMap<>();
        if (json.has("loads")) {
            for (JsonElement load : json.getAsJsonArray("loads")) {
                Set<Integer> numbers = new HashSet<>();
                load.getAsJsonObject().getAsJsonArray("counted_rounds").forEach(number -> numbers.add(number.getAsInt()));
                counted.put(load.getAsJsonObject().get("load").getAsString(), numbers);
            }
        }
        return counted;
    }

    private static Map<Key, Spread> ratios(JsonObject json) {
        Map<Key, Spread> ratios = new LinkedHashMap<>();
        for (JsonElement element : json.getAsJsonArray("ratios")) {
            JsonObject ratio = element.getAsJsonObject();
            ratios.put(new Key(ratio.get("variant").getAsString(), ratio.get("load").getAsString(), ratio.get("metric").getAsString()),
                    new Spread(ratio.get("min").getAsDouble(), ratio.get("median").getAsDouble(), ratio.get("max").getAsDouble()));
        }
        return ratios;
    }
}
