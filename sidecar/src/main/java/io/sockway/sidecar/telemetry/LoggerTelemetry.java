package io.sockway.sidecar.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;

/** Envoy's stats access logger counts, and Envoy itself serves what it counts: here is only what it has to be configured with. */
final class LoggerTelemetry implements Telemetry {
    private final TelemetrySettings settings;
    private final ExpectedSeries expected;

    private LoggerTelemetry(TelemetrySettings settings, ExpectedSeries expected) {
        this.settings = settings;
        this.expected = expected;
    }

    static LoggerTelemetry open(TelemetrySettings settings, Consumer<String> say) {
        LoggerTelemetry telemetry = new LoggerTelemetry(settings, ExpectedSeries.of(settings));
        say.accept("telemetry by Envoy's stats logger: './sockway telemetry config --telemetry logger' prints its configuration, and "
                + "Envoy's /stats/prometheus has the metrics as envoy_istio_...");
        telemetry.expected.remarks().forEach(say);
        return telemetry;
    }

    @Override
    public JsonObject status() {
        JsonObject status = new JsonObject();
        status.addProperty("mode", "logger");
        status.addProperty("identity", settings.identity().toString());
        JsonArray notes = new JsonArray();
        notes.add("by Envoy's stats logger: Envoy's own /stats/prometheus has the metrics");
        expected.remarks().forEach(notes::add);
        status.add("notes", notes);
        return status;
    }

    @Override
    public JsonObject traffic() {
        JsonObject traffic = new JsonObject();
        traffic.addProperty("timeMillis", 0);
        traffic.addProperty("total", 0);
        traffic.add("boundsMilliseconds", new JsonArray());
        traffic.add("rows", new JsonArray());
        traffic.add("telemetry", status());
        return traffic;
    }

    @Override
    public String configuration() {
        return EnvoyFragments.yaml(settings, FragmentFormat.ISTIO, IstioTarget.ALL, Duration.ZERO);
    }

    @Override
    public Figures figures() {
        return new Figures(0, 0, 0, 0, expected.workloads());
    }

    @Override
    public void writeMetrics(OutputStream out, boolean openMetrics) throws IOException {
        if (openMetrics) {
            out.write("# EOF\n".getBytes(US_ASCII));
        }
    }

    @Override
    public boolean ready() {
        return true;
    }

    @Override
    public String readiness() {
        return "Envoy counts by itself";
    }

    @Override
    public void close() {
        // nothing runs
    }
}
