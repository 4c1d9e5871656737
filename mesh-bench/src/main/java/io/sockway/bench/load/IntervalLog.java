package io.sockway.bench.load;

import java.io.PrintStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/** Writes each interval to a log in HdrHistogram's format, latencies in nanoseconds and their maxima in milliseconds, and passes it on. */
final class IntervalLog implements LoadListener {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final HistogramLogWriter writer;
    private final LoadListener next;
    private boolean begun;

    IntervalLog(PrintStream file, LoadPlan plan, LoadListener next) {
        this.writer = new HistogramLogWriter(file);
        this.next = next;
        writer.outputComment("[sockway bench load " + plan.target() + ", latencies in ns]");
        writer.outputLogFormatVersion();
    }

    @Override
    public void connected(int connections, String transport) {
        next.connected(connections, transport);
    }

    @Override
    public void measuring() {
        next.measuring();
    }

    @Override
    public void interval(long startMillis, long endMillis, Histogram latencies, double done) {
        if (!begun) {
            begun = true;
            writer.outputStartTime(startMillis);
            writer.setBaseTime(startMillis);
            writer.outputLegend();
        }
        double base = writer.getBaseTime();
        writer.outputIntervalHistogram((startMillis - base) / MILLIS_PER_SECOND, (endMillis - base) / MILLIS_PER_SECOND, latencies,
                NANOS_PER_MILLISECOND);
        next.interval(startMillis, endMillis, latencies, done);
    }
}
