package io.sockway.sidecar.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sockway.xds.stats.IstioMetrics;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** All metrics of this process as one exposition: its own and, where there is telemetry, the mesh's. Thread-safe. */
final class Metrics {
    static final String CONTENT_TYPE = IstioMetrics.Format.PROMETHEUS.contentType();

    /** What one answer may take of this process's memory. */
    private static final long MOST_BYTES = 48L << 20;
    private static final String END = "# EOF\n";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Optional<AcceleratorMeters> accelerator;
    private final Optional<TelemetrySource> telemetry;
    private ProcessFigures process;
    private TelemetrySource.Figures figures;

    Metrics(String version, Optional<AdminSource> accelerator, Optional<TelemetrySource> telemetry) {
        this.accelerator = accelerator.map(source -> new AcceleratorMeters(source, registry));
        this.telemetry = telemetry;
        gauge("process.resident.bytes", "bytes", "Resident memory of this process", metrics -> metrics.process.residentBytes());
        gauge("process.uptime.seconds", "seconds", "Time since this process began", metrics -> metrics.process.uptimeSeconds());
        counter("process.cpu.seconds", "seconds", "CPU time of this process, user and system", metrics -> metrics.process.cpuSeconds());
        Gauge.builder("sockway.build.info", () -> 1).description("The version that runs").tag("version", version).register(registry);
        if (telemetry.isPresent()) {
            gauge("telemetry.envoys", null, "Envoys that are connected for their configuration", metrics -> metrics.figures.envoys());
            gauge("telemetry.unsupported.envoys", null, "Those that get no plugin, since it was not built for their version",
                    metrics -> metrics.figures.unsupported());
            gauge("telemetry.rejecting.envoys", null, "Those that refused what they were sent last",
                    metrics -> metrics.figures.rejecting());
            counter("telemetry.rejections", null, "Configurations that Envoys refused", metrics -> metrics.figures.rejections());
            gauge("telemetry.peers", null, "Addresses of which the workload is known", metrics -> metrics.figures.peers());
        }
    }

    Reply reply(Ask ask) throws IOException {
        IstioMetrics.Format format = IstioMetrics.Format.accepted(ask.accept());
        Segments exposition = new Segments(MOST_BYTES);
        try {
            if (ask.gzip()) {
                try (OutputStream packed = new FastGzip(exposition)) {
                    write(packed, format);
                }
            } else {
                write(exposition, format);
            }
        } catch (Segments.FullException e) {
            return tooLarge(ask, e.getMessage());
        }
        return Reply.metrics(format.contentType(), exposition, ask.gzip());
    }

    private static Reply tooLarge(Ask ask, String size) {
        return ask.gzip()
                ? Reply.text(HttpResponseStatus.INSUFFICIENT_STORAGE, ask.path() + " is " + size + " even packed: fewer labels "
                        + "(--telemetry-profile) or sets of them (--telemetry-max-series) make it smaller")
                : Reply.text(HttpResponseStatus.NOT_ACCEPTABLE, ask.path() + " is " + size + ": ask for it packed (Accept-Encoding: gzip, "
                        + "as Prometheus does; curl --compressed)");
    }

    synchronized void write(OutputStream out, IstioMetrics.Format format) throws IOException {
        process = ProcessFigures.read();
        accelerator.ifPresent(AcceleratorMeters::read);
        figures = telemetry.map(TelemetrySource::figures).orElse(null);
        String own = registry.scrape(format.contentType());
        if (telemetry.isEmpty()) {
            out.write(own.getBytes(UTF_8));
            return;
        }
        out.write((own.endsWith(END) ? own.substring(0, own.length() - END.length()) : own).getBytes(UTF_8));
        telemetry.get().writeMetrics(out, format == IstioMetrics.Format.OPENMETRICS);
    }

    private void counter(String name, String unit, String description, ToDoubleFunction<Metrics> value) {
        FunctionCounter.builder("sockway." + name, this, value).description(description).baseUnit(unit).register(registry);
    }

    private void gauge(String name, String unit, String description, ToDoubleFunction<Metrics> value) {
        Gauge.builder("sockway." + name, this, value).description(description).baseUnit(unit).strongReference(true).register(registry);
    }

    /** Metrics repeat themselves so much that the fastest way is enough. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, 1 << 14);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
