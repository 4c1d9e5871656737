package io.sockway.sidecar.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Who asks whom, as a table that fits a screen. Stateless. */
final class TrafficTable {
    private static final List<String> HEADINGS = List.of("BY", "SOURCE", "DESTINATION", "SERVICE", "REQ/S", "5XX", "P50 ms", "P90 ms",
            "P99 ms", "TCP IN/S", "TCP OUT/S");
    /** From this column on there are numbers. */
    private static final int FIRST_NUMBER = 4;
    /** Columns to show, more and more of them left out, and how long names may be in them. */
    private static final List<Layout> LAYOUTS = List.of(
            new Layout(40, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), new Layout(24, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            new Layout(20, 0, 1, 2, 3, 4, 5, 6, 7, 8), new Layout(20, 0, 1, 2, 4, 5, 6, 7, 8), new Layout(16, 1, 2, 4, 5, 6, 8),
            new Layout(12, 1, 2, 4, 5));

    private record Layout(int longest, int... columns) {
    }

    private TrafficTable() {
    }

    /** At most so many lines, though never less than a heading and a row, none of them wider than {@code width}. */
    static List<String> lines(JsonObject rates, int width, int most) {
        List<List<String>> rows = rates.getAsJsonArray("rows").asList().stream().map(JsonElement::getAsJsonObject)
                .map(TrafficTable::cells).toList();
        if (rows.isEmpty()) {
            return List.of(cut("nothing was counted yet", width));
        }
        int total = Math.max(rows.size(), rates.get("total").getAsInt());
        boolean all = total == rows.size() && total < most;
        int shown = Math.max(1, Math.min(rows.size(), all ? total : most - 2));
        List<List<String>> cells = new ArrayList<>(List.of(HEADINGS));
        cells.addAll(rows.subList(0, shown));
        List<String> lines = LAYOUTS.stream().map(layout -> lines(cells, layout))
                .filter(each -> each.stream().allMatch(line -> ScreenWidth.of(line) <= width)).findFirst()
                .orElseGet(() -> lines(cells, LAYOUTS.getLast()));
        lines.replaceAll(line -> cut(line, width));
        if (shown < total) {
            lines.add(cut("and %d more".formatted(total - shown), width));
        }
        return lines;
    }

    private static List<String> lines(List<List<String>> table, Layout layout) {
        int[] widths = new int[HEADINGS.size()];
        table.forEach(cells -> Arrays.setAll(widths, i -> Math.max(widths[i], ScreenWidth.of(cut(cells.get(i), layout.longest)))));
        List<String> lines = new ArrayList<>();
        for (List<String> cells : table) {
            lines.add(String.join("  ", IntStream.of(layout.columns).mapToObj(i -> padded(cut(cells.get(i), layout.longest), i, widths[i]))
                    .toList()).stripTrailing());
        }
        return lines;
    }

    /** Words to the left, numbers to the right. */
    private static String padded(String text, int column, int width) {
        String blank = " ".repeat(width - ScreenWidth.of(text));
        return column < FIRST_NUMBER ? text + blank : blank + text;
    }

    private static List<String> cells(JsonObject row) {
        String reporter = row.get("reporter").getAsString();
        return List.of(reporter.equals("source") ? "src" : reporter.equals("destination") ? "dst" : "all", name(row, "source"),
                name(row, "destination"), row.get("service").getAsString(), number(row, "requestsPerSecond"),
                row.get("errorShare").isJsonNull() ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * row.get("errorShare").getAsDouble()),
                number(row, "p50"), number(row, "p90"), number(row, "p99"), bytes(row, "receivedPerSecond"), bytes(row, "sentPerSecond"));
    }

    private static String name(JsonObject row, String end) {
        String namespace = row.get(end + "Namespace").getAsString();
        String workload = row.get(end).getAsString();
        return namespace.equals(workload) ? workload : workload + "." + namespace;
    }

    static String cut(String text, int columns) {
        String line = Lines.printable(text).replace('\n', ' ');
        return ScreenWidth.of(line) <= columns ? line : ScreenWidth.start(line, columns - 1) + "\u2026";
    }

    private static String number(JsonObject row, String key) {
        if (row.get(key).isJsonNull()) {
            return "-";
        }
        double value = row.get(key).getAsDouble();
        return String.format(Locale.ROOT, value >= 100 || value == 0 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    private static String bytes(JsonObject row, String key) {
        double value = row.get(key).getAsDouble();
        return value == 0 ? "-" : Units.bytes(Math.round(value));
    }
}
