package io.sockway.bench.run;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.cli.LabOptions;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.report.HtmlReport;
import io.sockway.bench.report.JsonReport;
import io.sockway.bench.report.Plots;
import io.sockway.bench.report.Report;
import io.sockway.bench.report.TextReport;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Scenario;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sockway bench run}: measures the variants of a scenario and leaves nothing behind. */
@Command(name = "run", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Measures the variants of a scenario in turn, round by round, with fresh processes every time. Needs root.",
            "",
            "'sockway bench list' names the scenarios; docs/bench.md says how to write one.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured and valid",
            "1:failed, or a variant did not do what it should",
            "2:could not run: wrong options or scenario, not root, a program is missing"})
public final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME|FILE", description = "A scenario that comes with Sockway, or a YAML file.")
    private String scenarioName;

    @Option(names = "--quick", description = "The scenario's short form: fewer loads and rounds.")
    private boolean quick;

    @Option(names = "--check", description = "Read the scenario, say what it would do, and end.")
    private boolean check;

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs; - for standard output.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "Where to write the report with plots.")
    private Optional<Path> html = Optional.empty();

    @Option(names = "--svg", paramLabel = "DIR", description = "Also write each plot as a file into this folder.")
    private Optional<Path> svg = Optional.empty();

    @Option(names = "--envoy", paramLabel = "PATH",
            description = "Envoy to use (default: $SOCKWAY_ENVOY, the project's own, the one in PATH).")
    private Optional<Path> envoy = Optional.empty();

    @Option(names = "--peer-object", paramLabel = "FILE",
            description = "Another accelerator's BPF object, for variants with 'accelerator: peer-object'.")
    private Optional<Path> peerObject = Optional.empty();

    @Mixin
    private LabOptions options;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench run");
        command.requireFiles(Stream.concat(html.stream(), json.stream()));
        command.requireLogFolder(options.logs());
        svg.filter(folder -> !Files.isDirectory(folder)).ifPresent(folder -> {
            throw new ParameterException(spec.commandLine(), "--svg: no folder at " + folder);
        });
        PrintWriter out = command.people(Stream.concat(html.stream(), json.stream()));
        return command.run(() -> {
            Scenario scenario = ShippedScenarios.find(scenarioName, quick);
            String summary = Methods.summary(scenario);
            String heading = "%s: %s%n%s (%s)%n%n".formatted(scenario.name(), scenario.title(), summary, Methods.time(scenario));
            if (check) {
                out.print(heading);
                scenario.loads().forEach(load -> out.println("load: " + load.label()));
                scenario.variants().forEach(variant -> out.println("variant: " + variant));
                out.flush();
                return ExitCode.OK;
            }
            Lab.requireRoot();
            // Of a variant's own generator the run says that it is missing, and leaves the variant out.
            if (scenario.generators().isEmpty()) {
                scenario.allGenerators().forEach(generator -> generator.tool().ifPresent(Tool::path));
            }
            scenario.blueprint().require(new Programs(envoy, options.sockway(), peerObject));
            out.print(heading);
            out.flush();
            Report report = ScenarioRun.run(scenario, command.commandLine(), options.logs(), out);
            out.printf("%n%s", TextReport.render(report));
            out.flush();
            write(command, report, scenario, summary);
            LabCommand.announce(Stream.concat(html.stream(), json.stream()), out);
            return report.valid() ? ExitCode.OK : ExitCode.SOFTWARE;
        });
    }

    private void write(LabCommand command, Report report, Scenario scenario, String summary) {
        json.ifPresent(file -> command.write(file, JsonReport.render(report)));
        html.ifPresent(file -> command.write(file,
                HtmlReport.render(report, new HtmlReport.Words(scenario.title(), summary, Methods.words(scenario)))));
        svg.ifPresent(folder -> Plots.files(report).forEach((name, text) -> command.write(folder.resolve(name), text)));
    }
}
