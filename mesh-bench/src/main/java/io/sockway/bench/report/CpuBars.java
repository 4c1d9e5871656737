package io.sockway.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An SVG plot with one bar for each variant: the CPU time of 1,000 requests, split by process; soft interrupts below it. */
final class CpuBars {
    private static final int WIDTH = 440;
    private static final int MARGIN = 14;
    private static final int ROW_HEIGHT = 58;
    private static final int LABEL_BASELINE = 18;
    private static final int BAR_TOP = 24;
    private static final int BAR_HEIGHT = 18;
    private static final int SOFT_IRQ_HEIGHT = 4;
    private static final int LEGEND_ROW = 18;
    private static final int LEGEND_COLUMNS = 2;
    private static final int LEAST_LABELLED = 34;
    private static final int COLOURS = 8;

    private final List<String> processes;
    private final double most;
    private final StringBuilder svg = new StringBuilder();

    private CpuBars(Comparison comparison) {
        this.processes = comparison.processes();
        this.most = comparison.counted().stream().mapToDouble(CpuBars::total).max().orElse(1);
    }

    /** The medians of the rounds that count. */
    static String render(Comparison comparison) {
        CpuBars bars = new CpuBars(comparison);
        bars.draw(comparison.counted());
        return bars.svg.toString();
    }

    private static double total(VariantResult variant) {
        return variant.cpuMicrosByProcess().values().stream().mapToDouble(Double::doubleValue).sum();
    }

    private void draw(List<VariantResult> variants) {
        int bars = variants.size() * ROW_HEIGHT;
        int entries = processes.size() + 1;
        append("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"CPU time of 1,000 requests by process\">", WIDTH,
                bars + (entries + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS * LEGEND_ROW + MARGIN);
        for (int index = 0; index < variants.size(); index++) {
            row(variants.get(index), index * ROW_HEIGHT);
        }
        for (int number = 0; number < processes.size(); number++) {
            legend(number, "v" + number % COLOURS, processes.get(number), bars);
        }
        legend(processes.size(), "irq", "soft-IRQ, sampled", bars);
        append("</svg>");
    }

    private void row(VariantResult variant, int top) {
        append("<text class=\"title\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, top + LABEL_BASELINE, Html.escape(variant.name()));
        append("<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>", WIDTH - MARGIN, top + LABEL_BASELINE, Metric.cpu(total(variant)));
        Map<String, Double> cpu = variant.cpuMicrosByProcess();
        double x = MARGIN;
        for (int number = 0; number < processes.size(); number++) {
            double micros = cpu.getOrDefault(processes.get(number), 0.0);
            double width = width(micros);
            append("<g class=\"v%d\"><rect class=\"segment\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>%s: %s</title></rect>",
                    number % COLOURS, x, top + BAR_TOP, width, BAR_HEIGHT, Html.escape(processes.get(number)), Metric.cpu(micros));
            if (width >= LEAST_LABELLED) {
                append("<text class=\"inside\" x=\"%.1f\" y=\"%d\">%.1f</text>", x + width / 2, top + BAR_TOP + BAR_HEIGHT - 5, micros);
            }
            append("</g>");
            x += width;
        }
        append("<g class=\"irq\"><rect class=\"segment\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\">"
                + "<title>soft-IRQ: %s</title></rect></g>",
                MARGIN, top + BAR_TOP + BAR_HEIGHT + 2, width(variant.softIrqMicros()), SOFT_IRQ_HEIGHT,
                Metric.cpu(variant.softIrqMicros()));
    }

    private void legend(int number, String colour, String name, int top) {
        int x = MARGIN + number % LEGEND_COLUMNS * (WIDTH - MARGIN) / LEGEND_COLUMNS;
        int y = top + (number / LEGEND_COLUMNS + 1) * LEGEND_ROW;
        append("<g class=\"%s\"><rect class=\"segment\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\"/>"
                + "<text class=\"unit\" x=\"%d\" y=\"%d\">%s</text></g>", colour, x, y - 10, x + 16, y, Html.escape(name));
    }

    private double width(double micros) {
        return Math.min(micros / most, 1) * (WIDTH - 2 * MARGIN);
    }

    private void append(String pattern, Object... arguments) {
        svg.append(String.format(Locale.ROOT, pattern, arguments)).append('\n');
    }
}
