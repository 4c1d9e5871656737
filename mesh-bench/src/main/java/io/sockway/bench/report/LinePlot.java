package io.sockway.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * An SVG plot of latencies as lines, one for each series, on a logarithmic axis from below to above; what the other axis is, its
 * maker says. Colours come from the classes {@code v0}, {@code v1} ... of the page around it.
 */
final class LinePlot {
    private static final int WIDTH = 440;
    private static final int LEFT = 58;
    private static final int RIGHT = 28;
    private static final int TOP = 12;
    private static final int HEIGHT = 220;
    private static final int AXIS_HEIGHT = 40;
    private static final int LEGEND_ROW = 18;
    private static final int MOST_LEGEND_COLUMNS = 2;

    /** Longer ones would run into the next column. */
    private static final int MOST_NAME = 18;
    private static final int TICK_BASELINE = 18;
    private static final int UNIT_BASELINE = 34;
    private static final double[] STEPS = {1, 2, 5};
    private static final int SPARSE = 7;
    private static final double MILLISECOND_MICROS = 1_000;

    private final Axis axis;
    private final double low;
    private final double high;
    private final StringBuilder svg = new StringBuilder();

    /**
     * The axis from left to right.
     *
     * @param label what it is, and its unit
     * @param ticks in rising order
     */
    record Axis(String label, List<Tick> ticks) {
        private double position(double value) {
            double first = ticks.getFirst().at();
            double span = Math.max(ticks.getLast().at() - first, Double.MIN_NORMAL);
            return LEFT + (value - first) / span * (WIDTH - LEFT - RIGHT);
        }
    }

    /**
     * A place on the axis.
     *
     * @param at in the unit of the points
     * @param text for people
     */
    record Tick(double at, String text) {
    }

    /**
     * A point of a line.
     *
     * @param x in the unit of the axis
     * @param micros latency in microseconds, more than 0
     */
    record Point(double x, double micros) {
    }

    /**
     * A line.
     *
     * @param name for the legend
     * @param colour the number of its class
     * @param dashed whether it is a second one of that colour
     * @param dots whether its points are marked
     * @param points by rising x
     */
    record Series(String name, int colour, boolean dashed, boolean dots, List<Point> points) {
    }

    private LinePlot(Axis axis, DoubleStream latencies) {
        this.axis = axis;
        Spread range = Spread.of(latencies.boxed().toList());
        this.low = floor(range.min());
        this.high = Math.max(ceiling(range.max()), floor(range.min()) * 2);
    }

    /** Draws at least one point. */
    static String render(String title, Axis axis, List<Series> series) {
        LinePlot plot = new LinePlot(axis, series.stream().flatMap(line -> line.points().stream()).mapToDouble(Point::micros));
        plot.draw(title, series);
        return plot.svg.toString();
    }

    /** Steps of 1, 2 or 5 times a power of ten from 0 to beyond {@code most}. */
    static List<Tick> linear(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(most / 4)));
        double step = DoubleStream.of(STEPS).map(factor -> factor * power).filter(width -> most / width <= 5).findFirst()
                .orElse(10 * power);
        List<Tick> ticks = new ArrayList<>();
        for (double at = 0; at < most + step; at += step) {
            ticks.add(new Tick(at, String.format(Locale.ROOT, "%,.0f", at)));
        }
        return ticks;
    }

    private void draw(String title, List<Series> series) {
        int columns = series.stream().anyMatch(line -> line.name().length() > MOST_NAME) ? 1 : MOST_LEGEND_COLUMNS;
        int legend = (series.size() + columns - 1) / columns * LEGEND_ROW;
        int bottom = TOP + HEIGHT;
        append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, bottom + AXIS_HEIGHT + legend + TOP,
                Html.escape(title));
        for (Tick tick : axis.ticks()) {
            double x = axis.position(tick.at());
            append("<line class=\"grid\" x1=\"%1$.1f\" y1=\"%2$d\" x2=\"%1$.1f\" y2=\"%3$d\"/>", x, TOP, bottom);
            append("<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>", x, bottom + TICK_BASELINE, Html.escape(tick.text()));
        }
        append("<text class=\"tick\" x=\"%d\" y=\"%d\">%s</text>", (LEFT + WIDTH - RIGHT) / 2, bottom + UNIT_BASELINE,
                Html.escape(axis.label()));
        latencies().forEach(micros -> {
            append("<line class=\"grid\" x1=\"%d\" y1=\"%2$.1f\" x2=\"%3$d\" y2=\"%2$.1f\"/>", LEFT, y(micros), WIDTH - RIGHT);
            append("<text class=\"left\" x=\"%d\" y=\"%.1f\">%s</text>", LEFT - 6, y(micros) + 4, label(micros));
        });
        for (int number = 0; number < series.size(); number++) {
            draw(series.get(number));
            int column = number % columns;
            int row = number / columns;
            legend(series.get(number), LEFT + column * (WIDTH - LEFT) / columns, bottom + AXIS_HEIGHT + (row + 1) * LEGEND_ROW);
        }
        append("</svg>");
    }

    private void draw(Series series) {
        StringBuilder path = new StringBuilder();
        for (Point point : series.points()) {
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", axis.position(point.x()), y(point.micros())));
        }
        append("<g class=\"v%d\"><path d=\"%s\"%s/>", series.colour(), path, series.dashed() ? " stroke-dasharray=\"5 4\"" : "");
        if (series.dots()) {
            series.points().forEach(point -> append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s: %s</title></circle>",
                    axis.position(point.x()), y(point.micros()), Html.escape(series.name()), Metric.latency(point.micros())));
        }
        append("</g>");
    }

    private void legend(Series series, int x, int y) {
        append("<g class=\"v%d\"><path d=\"M%d %dh18\"%s/><text class=\"name\" x=\"%d\" y=\"%d\">%s</text></g>", series.colour(), x, y - 4,
                series.dashed() ? " stroke-dasharray=\"5 4\"" : "", x + 24, y, Html.escape(series.name()));
    }

    private double y(double micros) {
        return TOP + HEIGHT * (1 - Math.log(Math.max(micros, low) / low) / Math.log(high / low));
    }

    /** Marks at 1, 2 and 5 times the powers of ten, or only at the powers where that would be many. */
    private DoubleStream latencies() {
        double[] marks = marks(STEPS).toArray();
        return marks.length <= SPARSE ? DoubleStream.of(marks) : marks(1);
    }

    private DoubleStream marks(double... factors) {
        return DoubleStream.iterate(Math.pow(10, Math.floor(Math.log10(low))), power -> power <= high, power -> power * 10)
                .flatMap(power -> DoubleStream.of(factors).map(factor -> factor * power))
                .filter(micros -> micros >= low * 0.999 && micros <= high * 1.001);
    }

    private static double floor(double micros) {
        double power = Math.pow(10, Math.floor(Math.log10(micros)));
        return DoubleStream.of(STEPS).map(factor -> factor * power).filter(mark -> mark <= micros).max().orElse(power);
    }

    private static double ceiling(double micros) {
        double power = Math.pow(10, Math.floor(Math.log10(micros)));
        return DoubleStream.of(STEPS).map(factor -> factor * power).filter(mark -> mark >= micros).min().orElse(10 * power);
    }

    private static String label(double micros) {
        double millis = micros / MILLISECOND_MICROS;
        if (millis >= MILLISECOND_MICROS) {
            return String.format(Locale.ROOT, "%,.0f s", millis / MILLISECOND_MICROS);
        }
        return String.format(Locale.ROOT, millis >= 1 ? "%,.0f ms" : millis >= 0.1 ? "%.1f ms" : "%.2f ms", millis);
    }

    private void append(String pattern, Object... arguments) {
        svg.append(String.format(Locale.ROOT, pattern, arguments)).append('\n');
    }
}
