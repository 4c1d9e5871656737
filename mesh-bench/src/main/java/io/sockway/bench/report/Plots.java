package io.sockway.bench.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The plots of a report, as SVG: for the page, or each as a file of its own. */
public final class Plots {
    private static final int FEW_LINES = 4;
    private static final double PERCENT = 100;
    private static final double[] NINES = {0, 0.9, 0.99, 0.999, 0.9999, 0.99999};

    private Plots() {
    }

    /** Every plot by a name for its file; each stands alone, in light and dark. */
    public static Map<String, String> files(Report report) {
        Map<String, String> files = new LinkedHashMap<>();
        for (int number = 0; number < report.comparisons().size(); number++) {
            String suffix = report.comparisons().size() == 1 ? "" : "-" + (number + 1);
            of(report.comparisons().get(number)).forEach((name, plot) -> files.put(name + suffix + ".svg", alone(plot.svg())));
        }
        rates(report).forEach((title, plot) -> files.put("latency-by-rate" + (files.containsKey("latency-by-rate.svg")
                ? "-" + files.size() : "") + ".svg", alone(plot)));
        return files;
    }

    /**
     * A plot with its heading.
     *
     * @param title for people
     * @param svg without what is common to all
     */
    record Plot(String title, String svg) {
    }

    /** The plots of one load, by a name for their files. */
    static Map<String, Plot> of(Comparison comparison) {
        Map<String, Plot> plots = new LinkedHashMap<>();
        List<VariantResult> counted = comparison.counted();
        for (Metric metric : comparison.shown()) {
            if (comparison.open() && metric == Metric.REQUESTS_PER_SECOND) {
                continue;
            }
            plots.put(metric.key().replace('_', '-'), new Plot(
                    metric.label() + (metric.moreIsBetter() ? " (more is better)" : " (less is better)"),
                    StripPlot.render(metric.label(), counted.stream()
                            .map(variant -> new StripPlot.Row(variant.name(), variant.values(metric))).toList(), metric::format)));
        }
        if (counted.stream().anyMatch(variant -> !variant.curve().isEmpty())) {
            plots.put("percentiles", new Plot("Latency by percentile", percentiles(counted)));
        }
        plots.put("cpu-by-process", new Plot("CPU per 1,000 requests by process (less is better)", CpuBars.render(comparison)));
        return plots;
    }

    /** Latency against rate, by title: where there are several rates of otherwise the same load. */
    static Map<String, String> rates(Report report) {
        Map<String, String> plots = new LinkedHashMap<>();
        report.comparisons().stream().filter(Comparison::open).filter(comparison -> comparison.metrics().contains(Metric.LATENCY_P99))
                .collect(Collectors.groupingBy(Plots::withoutRate, LinkedHashMap::new, Collectors.toList()))
                .forEach((load, comparisons) -> {
                    if (comparisons.size() > 1) {
                        plots.put("Latency against rate: " + load, rates(comparisons));
                    }
                });
        return plots;
    }

    private static String withoutRate(Comparison comparison) {
        return Stream.of("connections", "body_bytes", "in_flight", "protocol").map(name -> switch (name) {
            case "body_bytes" -> comparison.load().get(name) + " B";
            case "in_flight" -> "";
            case "protocol" -> "";
            default -> comparison.load().get(name) + " " + name;
        }).filter(part -> !part.isEmpty()).collect(Collectors.joining(", "));
    }

    /** p50 and, where the lines are few, p99 dashed. */
    private static String rates(List<Comparison> comparisons) {
        List<String> names = comparisons.getFirst().variants().stream().map(VariantResult::name).toList();
        List<LinePlot.Series> series = new ArrayList<>();
        for (Metric metric : List.of(Metric.LATENCY_P50, Metric.LATENCY_P99)) {
            boolean tail = metric == Metric.LATENCY_P99;
            for (int colour = 0; colour < names.size() && (!tail || names.size() <= FEW_LINES); colour++) {
                String name = names.get(colour);
                series.add(new LinePlot.Series(name + (tail ? " p99" : " p50"), colour, tail, true, comparisons.stream()
                        .flatMap(comparison -> comparison.counted().stream().filter(variant -> variant.name().equals(name))
                                .map(variant -> new LinePlot.Point(rate(comparison), variant.spread(metric).median())))
                        .toList()));
            }
        }
        double most = comparisons.stream().mapToDouble(Plots::rate).max().orElseThrow();
        return LinePlot.render("Latency against rate", new LinePlot.Axis("requests per second", LinePlot.linear(most)), series);
    }

    private static double rate(Comparison comparison) {
        return ((Number) comparison.load().get("target_rps")).doubleValue();
    }

    private static String percentiles(List<VariantResult> variants) {
        List<LinePlot.Series> series = new ArrayList<>();
        for (int colour = 0; colour < variants.size(); colour++) {
            List<LinePlot.Point> points = variants.get(colour).curve().stream()
                    .map(quantile -> new LinePlot.Point(nines(quantile.share()), quantile.micros())).toList();
            if (!points.isEmpty()) {
                series.add(new LinePlot.Series(variants.get(colour).name(), colour, false, false, points));
            }
        }
        return LinePlot.render("Latency by percentile", new LinePlot.Axis("percentile, on a scale of log 1/(1-p)", DoubleStream.of(NINES)
                .mapToObj(share -> new LinePlot.Tick(nines(share), percent(share))).toList()), series);
    }

    private static double nines(double share) {
        return -Math.log10(1 - share);
    }

    private static String percent(double share) {
        return new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(share * PERCENT);
    }

    /** The plot as a file: with the namespace that files need, the page's colours, and a background. */
    private static String alone(String svg) {
        return svg.replaceFirst("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
                .replaceFirst(">\\n", ">\n<style>\n" + Matcher.quoteReplacement(Page.resource(Page.class, "plot.css"))
                        + "</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
    }
}
