package io.sockway.bench.hop;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.cli.LabOptions;
import io.sockway.bench.lab.Cpus;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Page;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares one local hop without and with Sockway in a grid of message sizes and patterns, and leaves nothing behind. */
@Command(name = "hop", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Measures one local hop: messages of several sizes and patterns between two processes, and HTTP. Needs root.",
            "",
            "Each cell of the grid is measured with plain TCP, with Sockway and, where it applies, with a Unix socket in turn, round by "
                + "round, with fresh processes for every round. Ratios are to plain TCP of the same round, in a pod beside Sockway's; "
                + "below 1 is better.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured, whatever the ratios",
            "1:failed, or bytes were lost, stalled or differed",
            "2:could not run: wrong options, not root, a program is missing"})
public final class HopCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private GridOptions grid;

    @Option(names = "--html", paramLabel = "FILE", description = "Where to write the report with heat maps.")
    private Optional<Path> html = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs; - for standard output.")
    private Optional<Path> json = Optional.empty();

    @Mixin
    private LabOptions options;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench hop");
        Plan plan = grid.plan(command);
        command.requireFiles(Stream.concat(html.stream(), json.stream()));
        command.requireLogFolder(options.logs());
        PrintWriter out = command.people(Stream.concat(html.stream(), json.stream()));
        return command.run(() -> {
            Lab.requireRoot();
            requireCpus(plan);
            plan.tools().forEach(Tool::path);
            Optional<Path> launcher = plan.sockway()
                    ? Optional.of(Sockway.find(options.sockway())) : Optional.empty();
            HopReport report = measure(command, plan, launcher, out);
            out.printf("%n%s", HopText.render(report));
            out.flush();
            html.ifPresent(file -> command.write(file, HopHtml.render(report)));
            json.ifPresent(file -> command.write(file, HopJson.render(report)));
            LabCommand.announce(Stream.concat(html.stream(), json.stream()), out);
            return ExitCode.OK;
        });
    }

    private HopReport measure(LabCommand command, Plan plan, Optional<Path> launcher, PrintWriter out) {
        Instant started = Instant.now();
        out.printf("%d cells, %s: at least %d s%n", plan.cells().size(), Page.rounds(plan.rounds()), plan.duration().toSeconds());
        out.flush();
        try (Lab lab = Lab.open(options.logs())) {
            return lab.run(() -> {
                HopRun run = new HopRun(plan, lab, launcher, out);
                List<CellResult> results = run.run();
                Map<String, String> versions = new LinkedHashMap<>();
                run.sockwayVersion().ifPresent(version -> versions.put("sockway", version));
                versions.put("java", Runtime.version().toString());
                plan.tools().forEach(tool -> versions.put(tool.executable(), tool.version()));
                return new HopReport(command.commandLine(), started, Machine.here(versions), plan, results);
            });
        }
    }

    private static void requireCpus(Plan plan) {
        if (Cpus.allowed().size() < 2 && plan.cells().stream().anyMatch(cell -> cell.placement() == Placement.TWO)) {
            throw new UnmetRequirementException("only one CPU", "leave out --cores two");
        }
    }
}
