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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A run as its JSON has it.
 *
 * @param file where it was read
 * @param valid the names of the variants without problems
 * @param values each figure over its rounds
 * @param ratios each figure to the baseline's
 */
record SavedRun(Path file, Set<String> valid, Map<Key, Spread> values, Map<Key, Spread> ratios) {
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
            return new SavedRun(file, valid(json), values(json), ratios(json));
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
            if (variant.getAsJsonObject().get("valid").getAsBoolean()) {
                valid.add(variant.getAsJsonObject().get("name").getAsString());
            }
        }
        return valid;
    }

    private static Map<Key, Spread> values(JsonObject json) {
        Map<Key, List<Double>> values = new LinkedHashMap<>();
        for (JsonElement variant : json.getAsJsonArray("variants")) {
            String name = variant.getAsJsonObject().get("name").getAsString();
            for (JsonElement round : variant.getAsJsonObject().getAsJsonArray("rounds")) {
                String load = round.getAsJsonObject().get("load").getAsString();
                round.getAsJsonObject().entrySet().stream()
                        .filter(member -> member.getValue().isJsonPrimitive() && member.getValue().getAsJsonPrimitive().isNumber())
                        .forEach(member -> values.computeIfAbsent(new Key(name, load, member.getKey()), key -> new ArrayList<>())
                                .add(member.getValue().getAsDouble()));
            }
        }
        Map<Key, Spread> spreads = new LinkedHashMap<>();
        values.forEach((key, rounds) -> spreads.put(key, Spread.of(rounds)));
        return spreads;
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
