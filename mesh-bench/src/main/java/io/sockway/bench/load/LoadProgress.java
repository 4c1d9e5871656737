package io.sockway.bench.load;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Tells a person how a load goes on: a bar that is drawn over itself on a terminal, and a line a second elsewhere. */
final class LoadProgress implements LoadListener {
    /** A line of 80 columns has to hold the figures too: a longer one could not be drawn over. */
    private static final int WIDTH = 12;
    private static final double PERCENT = 100;

    private final PrintWriter out;
    private final boolean terminal;

    LoadProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static boolean onTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public void connected(int connections, String transport) {
        out.printf("%d connection%s, %s%n", connections, connections == 1 ? "" : "s", transport);
        out.flush();
    }

    @Override
    public void interval(long startMillis, long endMillis, Histogram latencies, double done) {
        String figures = String.format(Locale.ROOT, "%,9.0f/s  p50 %.3f ms  p99 %.2f ms  max %.1f ms",
                latencies.getTotalCount() * 1e3 / Math.max(endMillis - startMillis, 1), latencies.getValueAtPercentile(50) / 1e6,
                latencies.getValueAtPercentile(99) / 1e6, latencies.getMaxValue() / 1e6);
        if (terminal) {
            int full = (int) Math.round(done * WIDTH);
            out.printf("\r[%s%s] %3.0f %%  %s \u001b[K%s", "#".repeat(full), ".".repeat(WIDTH - full), done * PERCENT, figures,
                    done >= 1 ? "\r\u001b[K" : "");
        } else {
            out.printf("%3.0f %%  %s%n", done * PERCENT, figures);
        }
        out.flush();
    }
}
