package io.sockway.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * An SVG plot with one row for each variant: a dot for every round, a bar at their median, and the first row's median drawn through
 * all rows. Colours come from the classes {@code v0}, {@code v1} ... of the page around it.
 *
 * <pre>
 *   plain                     12,011
 *      . .|..                        |
 *   sockway                   12,904 |
 *             .  ..|.                |
 *   +--------+--------+--------+
 * </pre>
 */
final class StripPlot {
    private static final int WIDTH = 440;
    private static final int MARGIN = 14;
    private static final int PLOT_MARGIN = 30;
    private static final int ROW_HEIGHT = 52;
    private static final int LABEL_BASELINE = 18;
    private static final int DOTS_MIDDLE = 35;
    private static final int AXIS_HEIGHT = 30;
    private static final int TICK_LENGTH = 6;
    private static final int TICK_LABEL_BASELINE = 22;
    private static final int DOT_RADIUS = 5;
    private static final int MEDIAN_HEIGHT = 18;
    private static final int TICKS = 4;
    private static final double PADDING = 0.08;

    private final DoubleFunction<String> format;
    private final double from;
    private final double to;
    private final double step;
    private final StringBuilder svg = new StringBuilder();

    /**
     * A row of the plot.
     *
     * @param name its label
     * @param values one for each round
     */
    record Row(String name, List<Double> values) {
    }

    private StripPlot(DoubleFunction<String> format, Spread range) {
        this.format = format;
        double span = Math.max(range.max() - range.min(), range.max() * PADDING);
        this.step = tickStep(span / TICKS);
        this.from = Math.max(0, range.min() - span * PADDING);
        this.to = range.max() + span * PADDING;
    }

    static String render(String title, List<Row> rows, DoubleFunction<String> format) {
        StripPlot plot = new StripPlot(format, Spread.of(rows.stream().flatMap(row -> row.values().stream()).toList()));
        plot.draw(title, rows);
        return plot.svg.toString();
    }

    private void draw(String title, List<Row> rows) {
        int bottom = rows.size() * ROW_HEIGHT;
        append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, bottom + AXIS_HEIGHT, Html.escape(title));
        for (double tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
            append("<line class=\"grid\" x1=\"%1$.1f\" y1=\"0\" x2=\"%1$.1f\" y2=\"%2$d\"/>", x(tick), bottom + TICK_LENGTH);
            append("<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>", x(tick), bottom + TICK_LABEL_BASELINE,
                    Html.escape(format.apply(tick)));
        }
        double reference = Spread.of(rows.getFirst().values()).median();
        append("<line class=\"reference\" x1=\"%1$.1f\" y1=\"%2$d\" x2=\"%1$.1f\" y2=\"%3$d\"/>", x(reference), DOTS_MIDDLE, bottom);
        for (int index = 0; index < rows.size(); index++) {
            drawRow(index, rows.get(index));
        }
        append("</svg>");
    }

    private void drawRow(int index, Row row) {
        double median = Spread.of(row.values()).median();
        append("<g class=\"v%d\" transform=\"translate(0 %d)\">", index, index * ROW_HEIGHT);
        append("<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, LABEL_BASELINE, Html.escape(row.name()));
        append("<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>", WIDTH - MARGIN, LABEL_BASELINE, Html.escape(format.apply(median)));
        append("<line class=\"track\" x1=\"%d\" y1=\"%2$d\" x2=\"%3$d\" y2=\"%2$d\"/>", MARGIN, DOTS_MIDDLE, WIDTH - MARGIN);
        append("<rect class=\"median\" x=\"%.1f\" y=\"%d\" width=\"3\" height=\"%d\"/>",
                x(median) - 1.5, DOTS_MIDDLE - MEDIAN_HEIGHT / 2, MEDIAN_HEIGHT);
        for (int round = 0; round < row.values().size(); round++) {
            append("<circle cx=\"%.1f\" cy=\"%d\" r=\"%d\"><title>round %d: %s</title></circle>", x(row.values().get(round)), DOTS_MIDDLE,
                    DOT_RADIUS, round + 1, Html.escape(format.apply(row.values().get(round))));
        }
        append("</g>");
    }

    private double x(double value) {
        return PLOT_MARGIN + (value - from) / (to - from) * (WIDTH - 2 * PLOT_MARGIN);
    }

    private void append(String pattern, Object... arguments) {
        svg.append(String.format(Locale.ROOT, pattern, arguments)).append('\n');
    }

    /** The smallest of 1, 2 and 5 times a power of ten that is not below {@code width}. */
    private static double tickStep(double width) {
        double power = Math.pow(10, Math.floor(Math.log10(width)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= width) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
