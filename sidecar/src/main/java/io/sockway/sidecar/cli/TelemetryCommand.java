package io.sockway.sidecar.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sockway telemetry}. */
@Command(name = "telemetry", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = {
    "Count requests inside Envoy, and show them as Istio's own metrics.",
    "'sockway run --telemetry plugin' does it beside the accelerator, 'telemetry serve' by itself."},
        subcommands = {TelemetryServeCommand.class, TelemetryConfigCommand.class, TelemetryTopCommand.class})
final class TelemetryCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Called without a subcommand: says which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }
}
