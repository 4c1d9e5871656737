package io.sockway.bench.scenario;

import io.sockway.xds.yaml.NearMiss;
import io.sockway.xds.yaml.Position;
import io.sockway.xds.yaml.Problems;
import io.sockway.xds.yaml.YamlTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys of a mapping, read by what they should be. Every key that is asked for is known from then on; all others are problems
 * once {@link #rejectUnknown} is called. What is wrong is collected, and the fallback is returned for it. For one thread.
 */
public final class Fields {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(ms|s|m)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s?(B|k|K|KiB|M|MiB)?");
    private static final Map<String, Double> MILLIS = Map.of("ms", 1.0, "s", 1_000.0, "m", 60_000.0);
    private static final int KIBIBYTE = 1024;

    private final String where;
    private final Position at;
    private final Map<String, YamlTree.Entry> entries = new LinkedHashMap<>();
    private final Map<String, Fields> sections = new HashMap<>();
    private final Set<String> known = new TreeSet<>();
    private final Problems problems;

    /**
     * Reads a mapping; anything else is a problem, and has no keys.
     *
     * @param where what the mapping is, for people
     */
    Fields(YamlTree tree, String where, Problems problems) {
        this(where, tree.position(), problems);
        tree.entries(problems).forEach(entry -> entries.put(entry.name(), entry));
    }

    private Fields(String where, Position at, Problems problems) {
        this.where = where;
        this.at = at;
        this.problems = problems;
    }

    /** The same keys, with those of {@code over} in place of them; a section of both is merged in the same way. */
    Fields overlaid(Fields over) {
        Fields merged = new Fields(where, at, problems);
        merged.entries.putAll(entries);
        merged.entries.putAll(over.entries);
        merged.known.addAll(known);
        for (YamlTree.Entry entry : over.entries.values()) {
            YamlTree.Entry own = entries.get(entry.name());
            if (own != null && own.value().isMapping() && entry.value().isMapping()) {
                merged.sections.put(entry.name(),
                        section(entry.name()).orElseThrow().overlaid(over.section(entry.name()).orElseThrow()));
            }
        }
        return merged;
    }

    /** Whether the key is there. */
    public boolean has(String key) {
        known.add(key);
        return entries.containsKey(key);
    }

    /** Text. */
    public Optional<String> text(String key) {
        return value(key).flatMap(tree -> tree.string(problems));
    }

    /** One of {@code words}; without the key the first of them. */
    public String choice(String key, List<String> words) {
        return value(key).flatMap(tree -> choice(tree, words)).orElse(words.getFirst());
    }

    /** A list of words, or a single one, each of them in {@code words}. */
    public List<String> choices(String key, List<String> words) {
        return list(key, tree -> choice(tree, words));
    }

    /** Texts, or a single one. */
    public List<String> texts(String key) {
        return list(key, tree -> tree.string(problems));
    }

    /** A whole number in a range. */
    public int count(String key, int fallback, int least, int most) {
        return value(key).flatMap(tree -> count(tree, least, most)).orElse(fallback);
    }

    /** Whole numbers in a range, or a single one; without the key only the fallback. */
    public List<Integer> counts(String key, int fallback, int least, int most) {
        return has(key) ? list(key, once(key, tree -> count(tree, least, most))) : List.of(fallback);
    }

    /** Lengths in bytes like 350 or 4KiB, or a single one; without the key only the fallback. */
    public List<Integer> sizes(String key, int fallback, int most) {
        return has(key) ? list(key, once(key, tree -> size(tree, most))) : List.of(fallback);
    }

    /** A time like 500ms, 3s or 2m. */
    public Duration duration(String key, Duration fallback, Duration least, Duration most) {
        return value(key).flatMap(tree -> {
            Matcher matcher = DURATION.matcher(scalar(tree));
            if (matcher.matches()) {
                Duration duration = Duration.ofMillis(Math.round(Double.parseDouble(matcher.group(1)) * MILLIS.get(matcher.group(2))));
                if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                    return Optional.of(duration);
                }
            }
            return refused(tree, "a time of %s to %s, like 500ms, 3s or 2m".formatted(time(least), time(most)));
        }).orElse(fallback);
    }

    /** True or false; false without the key. */
    public boolean flag(String key) {
        return value(key).flatMap(tree -> tree.isBoolean()
                ? Optional.of(Boolean.valueOf(tree.scalar())) : this.<Boolean>refused(tree, "true or false")).orElse(false);
    }

    /** How often requests are sent: max, a number a second, or a percentage of the saturation; without the key max. */
    public List<Rate> rates(String key, double most) {
        return has(key) ? list(key, once(key, tree -> rate(tree, most))) : List.of(new Rate.Closed());
    }

    /** A mapping. */
    public Optional<Fields> section(String key) {
        if (!sections.containsKey(key)) {
            value(key).ifPresent(tree -> sections.put(key, new Fields(tree, "'" + key + "'", problems)));
        }
        known.add(key);
        return Optional.ofNullable(sections.get(key));
    }

    /** A mapping that has to be there; without it, it has no keys. */
    public Fields required(String key) {
        return section(key).orElseGet(() -> {
            missing(key);
            return new Fields("'" + key + "'", at, problems);
        });
    }

    /** A mapping that is meant for {@link #overlaid}: its keys are checked there. */
    Optional<Fields> overlay(String key) {
        return value(key).map(tree -> new Fields(tree, "'" + key + "'", problems));
    }

    /** A list of mappings; none without the key. */
    public List<Fields> sections(String key) {
        return value(key).map(tree -> tree.items(problems)).orElse(List.of()).stream()
                .map(tree -> new Fields(tree, "an item of '" + key + "'", problems)).toList();
    }

    /** Says what is wrong with a key, or with the mapping as a whole where the key is missing. */
    public void problem(String key, String message) {
        YamlTree.Entry entry = entries.get(key);
        problems.add(entry == null ? at : entry.value().position(), message);
    }

    /** Calls a key missing. */
    public void missing(String key) {
        problems.add(at, "no '%s' in %s; add one".formatted(key, where));
    }

    /** All keys that nobody has asked for are problems. */
    public void rejectUnknown() {
        YamlTree.requireKnown(entries.values(), known, where, problems);
        sections.values().forEach(Fields::rejectUnknown);
    }

    private Optional<YamlTree> value(String key) {
        known.add(key);
        return Optional.ofNullable(entries.get(key)).map(YamlTree.Entry::value);
    }

    private <T> List<T> list(String key, Function<YamlTree, Optional<T>> reader) {
        List<T> values = new ArrayList<>();
        value(key).ifPresent(tree -> {
            List<YamlTree> items = tree.isSequence() ? tree.items(problems) : List.of(tree);
            if (items.isEmpty()) {
                problems.add(tree.position(), "'%s' is an empty list; leave it out, or give it an item".formatted(key));
            }
            items.forEach(item -> reader.apply(item).ifPresent(values::add));
        });
        return values;
    }

    /** Takes a value that was taken before for a mistake: it would be measured twice under one name. */
    private <T> Function<YamlTree, Optional<T>> once(String key, Function<YamlTree, Optional<T>> reader) {
        Set<T> taken = new HashSet<>();
        return tree -> reader.apply(tree).filter(value -> {
            if (!taken.add(value)) {
                problems.add(tree.position(), "%s is in '%s' twice; remove one".formatted(tree.scalar(), key));
                return false;
            }
            return true;
        });
    }

    private Optional<String> choice(YamlTree tree, Collection<String> words) {
        String word = scalar(tree);
        if (words.contains(word)) {
            return Optional.of(word);
        }
        String hint = NearMiss.hint(word, words);
        return refused(tree, hint.isEmpty() ? "one of " + String.join(", ", words) : hint);
    }

    private Optional<Integer> count(YamlTree tree, int least, int most) {
        if (tree.isNumber() && tree.scalar().matches("\\d{1,9}")) {
            int number = Integer.parseInt(tree.scalar());
            if (number >= least && number <= most) {
                return Optional.of(number);
            }
        }
        return refused(tree, "a whole number of %d to %d".formatted(least, most));
    }

    private Optional<Integer> size(YamlTree tree, int most) {
        Matcher matcher = SIZE.matcher(scalar(tree));
        if (matcher.matches()) {
            String unit = matcher.group(2) == null ? "" : matcher.group(2).substring(0, 1).toUpperCase(Locale.ROOT);
            long factor = unit.equals("M") ? (long) KIBIBYTE * KIBIBYTE : unit.equals("K") ? KIBIBYTE : 1;
            long bytes = Long.parseLong(matcher.group(1)) * factor;
            if (bytes >= 1 && bytes <= most) {
                return Optional.of((int) bytes);
            }
        }
        return refused(tree, "a length of 1 B to %s, like 350 or 4KiB".formatted(LoadPoint.size(most)));
    }

    private Optional<Rate> rate(YamlTree tree, double most) {
        String text = scalar(tree).strip();
        if (text.equals("max")) {
            return Optional.of(new Rate.Closed());
        }
        boolean share = text.endsWith("%");
        String number = text.replaceFirst("(/s|\\s*%)$", "");
        if (number.matches("\\d{1,9}(\\.\\d{1,3})?")) {
            double value = Double.parseDouble(number);
            if (share ? value > 0 && value <= 100 : value >= 1 && value <= most) {
                return Optional.of(share ? new Rate.Share(value) : new Rate.PerSecond(value));
            }
        }
        return refused(tree, "max, a number a second of 1 to %,.0f, or a share like 30 %%".formatted(most));
    }

    private <T> Optional<T> refused(YamlTree tree, String expected) {
        problems.add(tree.position(), expected.startsWith(";") ? "unknown " + tree.kind() + expected
                : "expected %s, found %s".formatted(expected, tree.kind()));
        return Optional.empty();
    }

    private static String scalar(YamlTree tree) {
        return tree.isMapping() || tree.isSequence() || tree.isNull() ? "" : tree.scalar();
    }

    private static String time(Duration duration) {
        return duration.toMillis() % 1_000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
