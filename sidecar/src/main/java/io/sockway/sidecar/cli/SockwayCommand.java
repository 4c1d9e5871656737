package io.sockway.sidecar.cli;

import io.sockway.bench.BenchCommand;
import io.sockway.bench.demo.DemoCommand;
import io.sockway.bpf.BpfException;
import io.sockway.node.host.HostException;
import io.sockway.sidecar.Version;
import io.sockway.sidecar.admin.AdminException;
import io.sockway.sidecar.telemetry.TelemetryException;
import io.sockway.sidecar.webhook.WebhookException;
import io.sockway.sockops.AcceleratorException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code sockway} and its subcommands. */
@Command(name = "sockway", mixinStandardHelpOptions = true, versionProvider = SockwayCommand.FromManifest.class,
        header = "Sockway short-circuits the local TCP hops of a pod: app <-> Envoy, socket to socket.",
        description = {"",
            "A first try, as root:",
            "  sockway run --cgroup /sys/fs/cgroup/POD   attach, enrol, serve metrics; stays",
            "  sockway flows                             which connections are redirected",
            "  sockway detach --all                      back to plain TCP", ""},
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit codes: 0 done, 1 failed (one line on stderr says why), 2 called wrongly."})
public final class SockwayCommand {
    /** What runs in every pod: the others are left out then, whose model would take more time and memory than the work itself. */
    private static final Map<String, Class<?>> IN_PODS = Map.of("attach", AttachCommand.class, "run", RunCommand.class);

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "On failure, also print the whole log and the stack trace.")
    private boolean debug;

    SockwayCommand() {
    }

    /** Runs one command and returns its exit code. */
    public static int execute(String... args) {
        SockwayCommand root = new SockwayCommand();
        CommandLine line = new CommandLine(root);
        Class<?> only = args.length == 0 ? null : IN_PODS.get(args[0]);
        if (only == null) {
            addAll(line);
        } else {
            line.addSubcommand(only);
        }
        List.of(int.class, Integer.class).forEach(type -> line.registerConverter(type, value -> whole(value, Integer::valueOf)));
        List.of(long.class, Long.class).forEach(type -> line.registerConverter(type, value -> whole(value, Long::valueOf)));
        line.setUsageHelpAutoWidth(true).setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> root.report(failure, command));
        line.setParameterExceptionHandler((failure, arguments) -> {
            CommandLine command = failure.getCommandLine();
            command.getErr().println("sockway: " + failure.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr());
            command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            return CommandLine.ExitCode.USAGE;
        });
        // Not System.out, which keeps it to itself when nobody reads any more.
        line.setOut(new PrintWriter(new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), System.out.charset()), true));
        if (args.length == 0) {
            line.usage(line.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        return line.execute(args);
    }

    private static <T> T whole(String value, Function<String, T> convert) {
        try {
            return convert.apply(value);
        } catch (NumberFormatException e) {
            throw new CommandLine.TypeConversionException("'" + value + "' is no whole number, or too large");
        }
    }

    private static void addAll(CommandLine line) {
        for (Class<?> command : List.of(AttachCommand.class, RunCommand.class, StatusCommand.class, FlowsCommand.class, PauseCommand.class,
                ResumeCommand.class, DetachCommand.class, GcCommand.class, InjectCommand.class, WebhookCommand.class,
                IstioTemplateCommand.class, DoctorCommand.class, TuneCommand.class, XdsCommand.class, TelemetryCommand.class,
                DemoCommand.class, BenchCommand.class, AutoComplete.GenerateCompletion.class)) {
            line.addSubcommand(command);
        }
        line.getSubcommands().get("generate-completion").getCommandSpec().usageMessage().hidden(false)
                .description("Print a completion script for bash and zsh.");
    }

    private int report(Exception failure, CommandLine command) {
        switch (failure) {
            case AcceleratorException e -> command.getErr().println("sockway: " + e.getMessage());
            case BpfException e -> command.getErr().println("sockway: " + e.getMessage());
            case CommandFailedException e -> command.getErr().println("sockway: " + e.getMessage());
            case WebhookException e -> command.getErr().println("sockway: " + e.getMessage());
            case HostException e -> command.getErr().println("sockway: " + e.getMessage());
            case AdminException e -> command.getErr().println("sockway: " + e.getMessage());
            case TelemetryException e -> command.getErr().println("sockway: " + e.getMessage());
            case UncheckedIOException e -> command.getErr().println("sockway: " + e.getMessage());
            default -> command.getErr().println("sockway: " + failure + " (--debug shows where)");
        }
        if (debug) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof BpfException bpf) {
                    command.getErr().println(bpf.log());
                }
            }
            failure.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    static final class FromManifest implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"sockway " + Version.current()};
        }
    }
}
