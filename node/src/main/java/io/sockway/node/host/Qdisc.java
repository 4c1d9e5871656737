package io.sockway.node.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a device queues what it sends.
 *
 * @param kinds the queueing discipline's name, for example {@code fq}; with {@code mq}, the names below it too
 * @param dropped packets that found no room, or waited too long
 * @param overLimits times that a packet was held back or dropped for a limit of rate or length
 */
public record Qdisc(List<String> kinds, long dropped, long overLimits) {
    private static final Pattern HEAD = Pattern.compile("^qdisc (\\S+) \\S+ dev (\\S+) (root|parent \\S+).*");
    private static final Pattern COUNTS = Pattern.compile("\\(dropped (\\d+), overlimits (\\d+) ");

    /** Copies the list. */
    public Qdisc {
        kinds = List.copyOf(kinds);
    }

    /** Those of all devices by name, from the output of {@code tc -s qdisc show}. */
    static Map<String, Qdisc> parse(String text) {
        Collector all = new Collector();
        Matcher head = null;
        for (String line : text.lines().toList()) {
            Matcher next = HEAD.matcher(line);
            Matcher counts = COUNTS.matcher(line);
            if (next.matches()) {
                head = next;
            } else if (head != null && counts.find()) {
                all.add(head.group(2), head.group(1), head.group(3).equals("root"), Numbers.decimal(counts.group(1)),
                        Numbers.decimal(counts.group(2)));
                head = null;
            }
        }
        return all.byDevice();
    }

    /** Joins a device's root, whose counts are those of all below it, with the kinds below it. */
    static final class Collector {
        private final Map<String, Qdisc> roots = new LinkedHashMap<>();
        private final Map<String, List<String>> below = new LinkedHashMap<>();

        void add(String device, String kind, boolean root, long dropped, long overLimits) {
            if (root) {
                roots.put(device, new Qdisc(List.of(kind), dropped, overLimits));
            } else {
                below.computeIfAbsent(device, name -> new ArrayList<>()).add(kind);
            }
        }

        Map<String, Qdisc> byDevice() {
            Map<String, Qdisc> all = new LinkedHashMap<>();
            roots.forEach((device, root) -> {
                List<String> kinds = new ArrayList<>(root.kinds());
                below.getOrDefault(device, List.of()).stream().distinct().forEach(kinds::add);
                all.put(device, new Qdisc(kinds, root.dropped(), root.overLimits()));
            });
            return all;
        }
    }
}
