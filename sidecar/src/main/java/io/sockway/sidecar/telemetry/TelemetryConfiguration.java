package io.sockway.sidecar.telemetry;

import java.time.Duration;
import java.util.List;

/** What has to be put into Envoy's configuration. Stateless. */
public final class TelemetryConfiguration {
    private TelemetryConfiguration() {
    }

    /**
     * As YAML.
     *
     * @param target for {@link FragmentFormat#ISTIO}
     * @param wait how long a listener that is new waits for the plugin before it serves without; zero: it serves at once
     */
    public static String yaml(TelemetrySettings settings, FragmentFormat format, IstioTarget target, Duration wait) {
        return EnvoyFragments.yaml(settings, format, target, wait);
    }

    /**
     * Checks what {@link Telemetry#start} would refuse, as far as it does not depend on the machine.
     *
     * @throws TelemetryException with what is wrong
     */
    public static void check(TelemetrySettings settings) {
        if (settings.mode() == TelemetryMode.PLUGIN) {
            ProfileFile.read(settings.profile());
            new SharedFolder(settings.folder()).requirePossible();
        }
        Peers.requirePossible(settings);
    }

    /** What an operator should know of it, line by line: how many series are expected, where that can be told. */
    public static List<String> remarks(TelemetrySettings settings) {
        return settings.mode() == TelemetryMode.LOGGER ? ExpectedSeries.of(settings).remarks() : List.of();
    }
}
