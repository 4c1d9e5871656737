package io.sockway.sidecar.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /metrics} says, read by the letter: whatever the formats forbid fails. */
final class Exposition {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

    /** A line with a value. */
    record Sample(String name, Map<String, String> labels, double value) {
        String label(String label) {
            return labels.getOrDefault(label, "");
        }
    }

    private final Map<String, String> types = new LinkedHashMap<>();
    private final List<Sample> samples = new ArrayList<>();

    private Exposition() {
    }

    static Exposition parse(String text, boolean openMetrics) {
        Exposition all = new Exposition();
        require(text.endsWith("\n"), "the last line ends");
        List<String> lines = text.lines().toList();
        require(lines.stream().filter(line -> line.equals("# EOF")).count() == (openMetrics ? 1 : 0), "# EOF comes once, or never");
        require(!openMetrics || lines.getLast().equals("# EOF"), "# EOF is the end");
        String family = "";
        Set<String> families = new HashSet<>();
        Set<String> helped = new HashSet<>();
        Set<Map.Entry<String, Map<String, String>>> seen = new HashSet<>();
        for (String line : lines) {
            if (line.equals("# EOF")) {
                continue;
            }
            if (line.startsWith("# ")) {
                String[] words = line.split(" ", 4);
                require(words[1].equals("HELP") || words[1].equals("TYPE"), "HELP or TYPE: " + line);
                if (!words[2].equals(family)) {
                    family = words[2];
                    require(families.add(family), "each family once: " + line);
                }
                require(all.samples.isEmpty() || !belongs(all.samples.getLast().name(), family, all.types.get(family), openMetrics),
                        "before its samples: " + line);
                require(words[1].equals("HELP") ? helped.add(family) : all.types.put(family, words[3]) == null, "once: " + line);
            } else {
                Sample sample = sample(line);
                require(belongs(sample.name(), family, all.types.get(family), openMetrics), "in its family " + family + ": " + line);
                require(seen.add(Map.entry(sample.name(), sample.labels())), "once: " + line);
                all.samples.add(sample);
            }
        }
        all.requireHistograms();
        return all;
    }

    private static boolean belongs(String name, String family, String type, boolean openMetrics) {
        return type != null && switch (type) {
            case "counter" -> openMetrics ? name.equals(family + "_total") : name.equals(family) && family.endsWith("_total");
            case "histogram" -> List.of(family + "_bucket", family + "_sum", family + "_count").contains(name);
            case "gauge", "info" -> name.equals(family) || type.equals("info") && name.equals(family + "_info");
            default -> false;
        };
    }

    private static Sample sample(String line) {
        Matcher matcher = SAMPLE.matcher(line);
        require(matcher.matches(), "a sample: " + line);
        Map<String, String> labels = new TreeMap<>();
        String rest = matcher.group(2) == null ? "" : matcher.group(2);
        Matcher label = LABEL.matcher(rest);
        int at = 0;
        while (at < rest.length()) {
            require(label.find(at) && label.start() == at, "labels: " + line);
            require(labels.put(label.group(1), label.group(2)) == null, "each label once: " + line);
            at = label.end();
        }
        return new Sample(matcher.group(1), labels, Double.parseDouble(matcher.group(3)));
    }

    private void requireHistograms() {
        Map<String, List<Sample>> buckets = new HashMap<>();
        Map<String, Double> counts = new HashMap<>();
        for (Sample sample : samples) {
            Map<String, String> labels = new TreeMap<>(sample.labels());
            labels.remove("le");
            if (sample.name().endsWith("_bucket")) {
                buckets.computeIfAbsent(sample.name().replace("_bucket", "") + labels, _ -> new ArrayList<>()).add(sample);
            } else if (sample.name().endsWith("_count")) {
                counts.put(sample.name().replace("_count", "") + labels, sample.value());
            }
        }
        require(buckets.keySet().equals(counts.keySet()), "each histogram has buckets and a count");
        buckets.forEach((key, all) -> {
            for (int i = 1; i < all.size(); i++) {
                require(all.get(i).value() >= all.get(i - 1).value(), "cumulative: " + key);
            }
            require(all.getLast().label("le").equals("+Inf") && all.getLast().value() == counts.get(key), "+Inf is the count: " + key);
        });
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }

    List<Sample> samples() {
        return samples;
    }

    /** The sum of all samples of that name. */
    long sum(String name, Predicate<Sample> which) {
        return Math.round(samples.stream().filter(sample -> sample.name().equals(name)).filter(which).mapToDouble(Sample::value).sum());
    }

    long sum(String name) {
        return sum(name, _ -> true);
    }

    Map<String, String> types() {
        return types;
    }
}
