package io.sockway.sidecar.admin;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;

/** What the admin server shows of telemetry; called as {@link AdminSource} is. Implementations are thread-safe. */
public interface TelemetrySource {

    /**
     * Figures for metrics.
     *
     * @param envoys that are connected
     * @param unsupported those of them that get no plugin since it was not built for their version
     * @param rejecting those of them that refused what they were sent last
     * @param rejections by all Envoys since the start
     * @param peers whose addresses are known
     */
    record Figures(int envoys, int unsupported, int rejecting, long rejections, int peers) {
    }

    /** How it is: what {@code /status} has under {@code telemetry}. The server does not change it. */
    JsonObject status();

    /** Who talks to whom, counted since the start: the answer to {@code /telemetry}. The server does not change it. */
    JsonObject traffic();

    /** The answer to {@code /telemetry/config}: what goes into Envoy's configuration, as YAML. */
    String configuration();

    /** The figures of this moment. */
    Figures figures();

    /**
     * Writes the metrics of the mesh, with {@code # EOF} at the end in OpenMetrics.
     *
     * @param out does not block
     */
    void writeMetrics(OutputStream out, boolean openMetrics) throws IOException;

    /** Whether nothing stands in the way of counting. */
    boolean ready();

    /** One line for people: why it is ready, or why not. */
    String readiness();
}
