package io.sockway.bench.telemetry;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.cli.LabOptions;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.report.Machine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway bench plugin}: what the stats plugin costs a request, closer than fresh processes can tell it. */
@Command(name = "plugin", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Measures what the stats plugin costs Envoy for a request. Needs root.",
            "",
            "One Envoy has a listener without telemetry, one with a module that does nothing, one with the plugin and one with Envoy's "
                + "own stats logger. They are loaded in turns of 60 ms, hundreds of times, and compared turn by turn: so they differ "
                + "neither in how memory came to lie nor in what else the machine did. Ratios are medians of turns, in brackets the "
                + "interval that holds the true median with 95 %%.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured, whatever the ratios",
            "1:failed, or a telemetry has not counted what Envoy has",
            "2:could not run: wrong options, not root, a program is missing"})
public final class PluginCommand implements Callable<Integer> {
    private static final int MOST_TURNS = 100_000;
    private static final int LEAST_TURNS = 10;

    @Spec
    private CommandSpec spec;

    @Option(names = "--answers", paramLabel = "WHO", split = ",",
            description = "Who answers: direct (Envoy itself), nginx (behind it), or both, with a comma (default: both).")
    private List<String> answers;

    @Option(names = "--turns", paramLabel = "N", description = "Turns of each listener under each load (default: ${DEFAULT-VALUE}).")
    private int turns = 300;

    @Option(names = "--envoy", paramLabel = "PATH",
            description = "Envoy to use (default: $SOCKWAY_ENVOY, the project's own, the one in PATH).")
    private Optional<Path> envoy = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs; - for standard output.")
    private Optional<Path> json = Optional.empty();

    @Mixin
    private LabOptions options;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench plugin");
        List<Answers> chosen = command.chosen("--answers", answers, Answers.class);
        command.requireRange("--turns", turns, LEAST_TURNS, MOST_TURNS);
        command.requireFiles(json.stream());
        command.requireLogFolder(options.logs());
        PrintWriter out = command.people(json.stream());
        return command.run(() -> {
            Lab.requireRoot();
            EnvoyBinary binary = EnvoyBinary.find(envoy);
            Telemetry.requireModules(binary);
            chosen.forEach(who -> who.tool().ifPresent(Tool::path));
            PluginReport report = measure(command, binary, chosen, out);
            out.print(report.text());
            out.flush();
            json.ifPresent(file -> command.write(file, report.json()));
            LabCommand.announce(json.stream(), out);
            return ExitCode.OK;
        });
    }

    private PluginReport measure(LabCommand command, EnvoyBinary binary, List<Answers> chosen, PrintWriter out) {
        Instant started = Instant.now();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("envoy", binary.version());
        chosen.forEach(who -> who.tool().ifPresent(tool -> versions.put(tool.executable(), tool.version())));
        versions.put("java", Runtime.version().toString());
        try (Lab lab = Lab.open(options.logs())) {
            return lab.run(() -> {
                List<PluginCost> costs = new ArrayList<>();
                for (Answers who : chosen) {
                    costs.addAll(new PluginTurns(lab, binary, who, turns, out).measure());
                }
                return new PluginReport(command.commandLine(), started, Machine.here(versions), costs);
            });
        }
    }
}
