package io.sockway.node.drops;

import io.sockway.node.host.Host;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the kernel functions that hold addresses, in one walk over {@code /proc/kallsyms}. */
final class KernelSymbols {
    private KernelSymbols() {
    }

    /** The names by address; those that are not found are missing. */
    static Map<Long, String> resolve(Host host, Set<Long> addresses) {
        Map<Long, Long> starts = new HashMap<>();
        Map<Long, String> names = new HashMap<>();
        if (addresses.isEmpty()) {
            return names;
        }
        try (Stream<String> lines = host.lines("proc/kallsyms")) {
            lines.forEach(line -> {
                int space = line.indexOf(' ');
                if (space <= 0 || "tTwW".indexOf(line.charAt(space + 1)) < 0) {
                    return;
                }
                long start = Long.parseUnsignedLong(line, 0, space, 16);
                if (start == 0) {
                    return;
                }
                for (long address : addresses) {
                    Long best = starts.get(address);
                    if (Long.compareUnsigned(start, address) <= 0 && (best == null || Long.compareUnsigned(start, best) > 0)) {
                        starts.put(address, start);
                        names.put(address, line.substring(space + 3).split("[\\s.]")[0]);
                    }
                }
            });
        }
        return names;
    }
}
