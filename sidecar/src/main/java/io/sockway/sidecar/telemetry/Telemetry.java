package io.sockway.sidecar.telemetry;

import io.sockway.sidecar.admin.TelemetrySource;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Telemetry that runs, until it is closed. Envoy goes on counting when this ends, however it ends, and the next one reads on.
 * Thread-safe.
 */
public interface Telemetry extends TelemetrySource, AutoCloseable {

    /**
     * Starts what the settings ask for; returns when Envoys can connect.
     *
     * @param say takes one line whenever there is something to tell, from any thread
     * @throws TelemetryException if it cannot start; then nothing is left behind
     */
    static Optional<Telemetry> start(TelemetrySettings settings, Consumer<String> say) {
        try {
            return switch (settings.mode()) {
                case OFF -> Optional.empty();
                case PLUGIN -> Optional.of(PluginTelemetry.open(settings, say));
                case LOGGER -> Optional.of(LoggerTelemetry.open(settings, say));
            };
        } catch (NoClassDefFoundError e) {
            throw new TelemetryException("telemetry needs the jars in lib/xds: './sockway' adds them when it sees --telemetry among its "
                    + "arguments, and not in an @file", e);
        }
    }

    /** Ends it; a second call does nothing. */
    @Override
    void close();
}
