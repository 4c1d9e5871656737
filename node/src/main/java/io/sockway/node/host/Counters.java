package io.sockway.node.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counters by name, from the kernel's text formats. Immutable. */
public final class Counters {
    private static final Counters NONE = new Counters(Map.of());

    private final Map<String, Long> values;

    private Counters(Map<String, Long> values) {
        this.values = values;
    }

    /** No counters at all. */
    public static Counters none() {
        return NONE;
    }

    /** Pairs of lines, names above values, as in {@code /proc/net/netstat}: {@code TcpExt.ListenOverflows}. */
    public static Counters pairs(String text) {
        Map<String, Long> values = new HashMap<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            String[] names = lines.get(i).split(" ");
            String[] numbers = lines.get(i + 1).split(" ");
            if (names.length < 2 || names[1].isEmpty() || !names[0].equals(numbers[0]) || !Character.isLetter(names[1].charAt(0))) {
                continue;
            }
            String prefix = names[0].replace(':', '.');
            for (int j = 1; j < Math.min(names.length, numbers.length); j++) {
                put(values, prefix + names[j], numbers[j], 10);
            }
        }
        return new Counters(values);
    }

    /** One name and value a line, as in {@code /proc/vmstat}. */
    public static Counters lines(String text) {
        Map<String, Long> values = new HashMap<>();
        text.lines().forEach(line -> {
            int space = line.indexOf(' ');
            if (space > 0) {
                put(values, line.substring(0, space), line.substring(space + 1).strip(), 10);
            }
        });
        return new Counters(values);
    }

    /** A line of names, then a line of hexadecimal values for each CPU, added up, as in {@code /proc/net/stat/nf_conntrack}. */
    public static Counters table(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty()) {
            return NONE;
        }
        Map<String, Long> values = new HashMap<>();
        String[] names = lines.getFirst().strip().split("\\s+");
        for (String line : lines.subList(1, lines.size())) {
            String[] numbers = line.strip().split("\\s+");
            for (int j = 0; j < Math.min(names.length, numbers.length); j++) {
                long sum = values.getOrDefault(names[j], 0L);
                put(values, names[j], numbers[j], 16);
                values.merge(names[j], sum, Long::sum);
            }
        }
        return new Counters(values);
    }

    /** Labels, then names and values in turn, as in {@code /proc/net/sockstat}: {@code TCP.tw}. */
    public static Counters labelled(String text) {
        Map<String, Long> values = new HashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.split(" ");
            String prefix = words[0].replace(':', '.');
            for (int j = 1; j + 1 < words.length; j += 2) {
                put(values, prefix + words[j], words[j + 1], 10);
            }
        });
        return new Counters(values);
    }

    private static void put(Map<String, Long> values, String name, String number, int radix) {
        values.put(name, Numbers.parse(number, radix).orElse(0));
    }

    /** A counter's value, zero where the kernel does not have it. */
    public long get(String name) {
        return values.getOrDefault(name, 0L);
    }

    /** Whether the kernel has this counter. */
    public boolean has(String name) {
        return values.containsKey(name);
    }
}
