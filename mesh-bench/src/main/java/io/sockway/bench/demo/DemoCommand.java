package io.sockway.bench.demo;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.cli.LabOptions;
import io.sockway.bench.lab.Body;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.pods.PodSpec;
import io.sockway.bench.pods.PodsBlueprint;
import io.sockway.bench.report.HtmlReport;
import io.sockway.bench.report.JsonReport;
import io.sockway.bench.report.Page;
import io.sockway.bench.report.Report;
import io.sockway.bench.report.TextReport;
import io.sockway.bench.run.Methods;
import io.sockway.bench.run.ScenarioRun;
import io.sockway.bench.scenario.Generator;
import io.sockway.bench.scenario.LoadPoint;
import io.sockway.bench.scenario.Programs;
import io.sockway.bench.scenario.Protocol;
import io.sockway.bench.scenario.Rate;
import io.sockway.bench.scenario.Scenario;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Compares a small real mesh without and with Sockway, proves that Sockway was at work, and leaves nothing behind. */
@Command(name = "demo", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Shows what Sockway does on this machine, in under two minutes. Needs root.",
            "",
            "Two pods (network namespaces with cgroups and Istio's iptables rules), wrk and an Envoy in one, an Envoy and nginx in the "
                + "other. Each variant is measured in turn, round by round, with fresh processes every time; then everything is removed.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured and proven",
            "1:failed, or a variant did not do what it should",
            "2:could not run: wrong options, not root, a program is missing"})
public final class DemoCommand implements Callable<Integer> {
    private static final int MOST_CONNECTIONS = 2_000;
    private static final int MOST_ROUNDS = 1_000;
    private static final int MOST_SECONDS = 3_600;
    private static final int LEAST_SECONDS = 2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--variants", paramLabel = "NAME", split = ",", converter = VariantConverter.class,
            description = "What to compare: plain, sockway, same-node (default: all three).")
    private List<Variant> variants = List.of(Variant.values());

    @Option(names = "--rounds", paramLabel = "N", description = "How often each variant is measured (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--duration", paramLabel = "SECONDS",
            description = "How long each slice of load lasts, after a second of warm-up (default: ${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(names = "--connections", paramLabel = "N",
            description = "Connections that the client keeps alive (default: ${DEFAULT-VALUE}).")
    private int connections = 16;

    @Option(names = "--body", paramLabel = "SIZE", converter = BodyConverter.class, defaultValue = "350",
            description = "What each request gets: 350, 4k or 64k bytes (default: ${DEFAULT-VALUE}).")
    private Body body;

    @Option(names = "--ipv6", description = "Give the pods IPv6 addresses.")
    private boolean ipv6;

    @Option(names = "--envoy", paramLabel = "PATH",
            description = "Envoy to use (default: $SOCKWAY_ENVOY, the project's own, the one in PATH).")
    private Optional<Path> envoy = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "Where to write the report with plots (default: ${DEFAULT-VALUE}).")
    private Path html = Path.of("sockway-demo.html");

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs; - for standard output.")
    private Optional<Path> json = Optional.empty();

    @Mixin
    private LabOptions options;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "demo");
        checkOptions(command);
        PrintWriter out = command.people(Stream.concat(Stream.of(html), json.stream()));
        IpFamily family = ipv6 ? IpFamily.IPV6 : IpFamily.IPV4;
        Scenario scenario = scenario(family);
        return command.run(() -> {
            Lab.requireRoot();
            Tool.WRK.path();
            scenario.blueprint().require(new Programs(envoy, options.sockway(), Optional.empty()));
            String summary = summary(family);
            out.printf("%s%n%n", summary);
            Report report = ScenarioRun.run(scenario, command.commandLine(), options.logs(), out);
            out.printf("%n%s%n", TextReport.render(report));
            out.flush();
            command.write(html, HtmlReport.render(report, new HtmlReport.Words(scenario.title(), summary, Methods.words(scenario))));
            json.ifPresent(file -> command.write(file, JsonReport.render(report)));
            LabCommand.announce(Stream.of(html), out);
            return report.valid() ? ExitCode.OK : ExitCode.SOFTWARE;
        });
    }

    private Scenario scenario(IpFamily family) {
        List<PodSpec> specs = EnumSet.copyOf(variants).stream().map(Variant::spec).toList();
        return new Scenario("demo", "What Sockway gains on this machine", new PodsBlueprint(family, specs),
                specs.stream().map(PodSpec::name).toList(), Variant.PLAIN.option(),
                List.of(new LoadPoint(Generator.WRK, Protocol.HTTP1, connections, body.bytes(), 1, new Rate.Closed())),
                Map.of(), Duration.ofSeconds(1), Duration.ofSeconds(seconds), rounds);
    }

    private String summary(IpFamily family) {
        return "%d keep-alive connections, %s bodies, %s of %d s for each variant%s".formatted(
                connections, body.size(), Page.rounds(rounds), seconds, family == IpFamily.IPV6 ? ", IPv6" : "");
    }

    private void checkOptions(LabCommand command) {
        command.requireRange("--rounds", rounds, 1, MOST_ROUNDS);
        command.requireRange("--duration", seconds, LEAST_SECONDS, MOST_SECONDS);
        command.requireRange("--connections", connections, 1, MOST_CONNECTIONS);
        command.requireFiles(Stream.concat(Stream.of(html), json.stream()));
        command.requireLogFolder(options.logs());
    }

    private static final class VariantConverter implements ITypeConverter<Variant> {
        @Override
        public Variant convert(String value) {
            return Stream.of(Variant.values()).filter(variant -> variant.option().equals(value)).findFirst().orElseThrow(() ->
                    new TypeConversionException("'%s' is none of plain, sockway, same-node".formatted(value)));
        }
    }

    private static final class BodyConverter implements ITypeConverter<Body> {
        @Override
        public Body convert(String value) {
            return Stream.of(Body.values()).filter(body -> body.label().equals(value)).findFirst().orElseThrow(() ->
                    new TypeConversionException("'%s' is none of 350, 4k, 64k".formatted(value)));
        }
    }
}
