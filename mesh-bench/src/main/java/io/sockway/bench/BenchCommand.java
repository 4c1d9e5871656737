package io.sockway.bench;

import io.sockway.bench.hop.HopCommand;
import io.sockway.bench.load.LoadCommand;
import io.sockway.bench.run.CompareCommand;
import io.sockway.bench.run.ListCommand;
import io.sockway.bench.run.RunCommand;
import io.sockway.bench.soak.SoakCommand;
import io.sockway.bench.telemetry.PluginCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measurements that take longer than the demo and go into more detail; each is a subcommand. */
@Command(name = "bench", description = "Measures Sockway in detail on this machine.", synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            ListCommand.class,
            CompareCommand.class,
            LoadCommand.class,
            HopCommand.class,
            PluginCommand.class,
            SoakCommand.class})
public final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    /** Called without a subcommand: says which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }
}
