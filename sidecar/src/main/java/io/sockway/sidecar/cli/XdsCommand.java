package io.sockway.sidecar.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sockway xds}. */
@Command(name = "xds", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        description = "Configure Envoys over xDS, without Istio.", subcommands = XdsServeCommand.class)
final class XdsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Called without a subcommand: says which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }
}
