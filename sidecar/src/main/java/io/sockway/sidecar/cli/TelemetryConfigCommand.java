package io.sockway.sidecar.cli;

import io.sockway.sidecar.telemetry.FragmentFormat;
import io.sockway.sidecar.telemetry.IstioTarget;
import io.sockway.sidecar.telemetry.TelemetryConfiguration;
import io.sockway.sidecar.telemetry.TelemetryMode;
import io.sockway.sidecar.telemetry.TelemetrySettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sockway telemetry config}. */
@Command(name = "config", mixinStandardHelpOptions = true, description = {
    "Print what goes into Envoy's configuration, as YAML: for Istio an EnvoyFilter to apply, otherwise parts and where they go.",
    "Envoy serves with it, whether Sockway is there or not."})
final class TelemetryConfigCommand implements Callable<Integer> {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    @Mixin
    private TelemetryOptions options;

    @Option(names = "--format", paramLabel = "istio|envoy", defaultValue = "istio", description = "Whom Envoy takes its configuration from "
            + "(default: ${DEFAULT-VALUE}).")
    private FragmentFormat format;

    @Option(names = "--namespace", paramLabel = "NAME", description = "The EnvoyFilter's: its pods are meant, or all if it is Istio's root "
            + "namespace (default: the one that it is applied to).")
    private String namespace;

    @Option(names = "--selector", paramLabel = "LABEL=VALUE", split = ",", description = "Only pods with these labels.")
    private Map<String, String> selector = new LinkedHashMap<>();

    @Option(names = "--wait", paramLabel = "TIME", defaultValue = "0s", converter = DurationConverter.class, description = "How long "
            + "Envoy's new listeners wait for the plugin, so that their first requests are counted too. Then, or if Sockway is away, they "
            + "serve without (default: ${DEFAULT-VALUE}, they serve at once).")
    private Duration wait;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        TelemetrySettings settings = options.settings(TelemetryMode.PLUGIN);
        if (settings.mode() == TelemetryMode.OFF) {
            throw new ParameterException(spec.commandLine(), "--telemetry off needs no configuration");
        }
        if (format == FragmentFormat.ENVOY && (namespace != null || !selector.isEmpty())) {
            throw new ParameterException(spec.commandLine(), "--namespace and --selector are for --format istio");
        }
        if (wait.compareTo(LONGEST_WAIT) > 0) {
            throw new ParameterException(spec.commandLine(), "--wait " + wait.toSeconds() + "s is longer than a minute");
        }
        if (!wait.isZero() && settings.mode() == TelemetryMode.LOGGER) {
            throw new ParameterException(spec.commandLine(), "--wait is for --telemetry plugin: Envoy has its own logger from the start");
        }
        TelemetryConfiguration.check(settings);
        String yaml = TelemetryConfiguration.yaml(settings, format, new IstioTarget(Optional.ofNullable(namespace), selector),
                wait);
        TelemetryConfiguration.remarks(settings).forEach(remark -> spec.commandLine().getErr().println("sockway: " + remark));
        spec.commandLine().getOut().print(yaml);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
