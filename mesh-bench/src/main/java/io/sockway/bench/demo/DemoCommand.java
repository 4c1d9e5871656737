package io.sockway.bench.demo;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.lab.Body;
import io.sockway.bench.lab.EnvoyBinary;
import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.report.HtmlReport;
import io.sockway.bench.report.JsonReport;
import io.sockway.bench.report.Machine;
import io.sockway.bench.report.Report;
import io.sockway.bench.report.TextReport;
import io.sockway.bench.report.VariantResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
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

    @Option(names = "--sockway", paramLabel = "PATH", description = "Sockway's launcher to use (default: the project's own).")
    private Optional<Path> sockway = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "Where to write the report with plots (default: ${DEFAULT-VALUE}).")
    private Path html = Path.of("sockway-demo.html");

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--logs", paramLabel = "DIR", description = "Keep the output of all processes in this folder.")
    private Optional<Path> logs = Optional.empty();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "demo");
        checkOptions(command);
        PrintWriter out = spec.commandLine().getOut();
        return command.run(() -> {
            Lab.requireRoot();
            Settings settings = settings();
            Method method = new Method(settings);
            Report report = measure(command, settings, method, out);
            LabCommand.write(html, HtmlReport.render(report, method.words()));
            json.ifPresent(file -> LabCommand.write(file, JsonReport.render(report)));
            out.printf("%n%s%nReport: %s%n", TextReport.render(report), html.toAbsolutePath().normalize());
            out.flush();
            return report.variants().stream().allMatch(VariantResult::valid) ? ExitCode.OK : ExitCode.SOFTWARE;
        });
    }

    private Report measure(LabCommand command, Settings settings, Method method, PrintWriter out) {
        Instant started = Instant.now();
        out.printf("%s%n%n", method.summary());
        try (Lab lab = Lab.open(logs)) {
            return lab.run(() -> {
                Comparison comparison = new Comparison(settings, lab, out);
                List<VariantResult> results = comparison.run();
                return new Report("demo", command.commandLine(), started, Machine.here(versions(settings, comparison)), method.load(),
                        results, comparison.redone());
            });
        }
    }

    private static Map<String, String> versions(Settings settings, Comparison comparison) {
        Map<String, String> versions = new LinkedHashMap<>();
        comparison.sockwayVersion().ifPresent(version -> versions.put("sockway", version));
        versions.put("envoy", settings.envoy().version());
        versions.put("nginx", Tool.NGINX.version());
        versions.put("wrk", Tool.WRK.version());
        return versions;
    }

    private Settings settings() {
        Stream.of(Tool.values()).forEach(Tool::path);
        List<Variant> ordered = List.copyOf(EnumSet.copyOf(variants));
        boolean accelerated = ordered.stream().anyMatch(variant -> variant.flags().isPresent());
        return new Settings(ordered, rounds, Duration.ofSeconds(seconds), connections, body, ipv6 ? IpFamily.IPV6 : IpFamily.IPV4,
                EnvoyBinary.find(envoy), accelerated ? Optional.of(Sockway.find(sockway)) : Optional.empty());
    }

    private void checkOptions(LabCommand command) {
        command.requireRange("--rounds", rounds, 1, MOST_ROUNDS);
        command.requireRange("--duration", seconds, LEAST_SECONDS, MOST_SECONDS);
        command.requireRange("--connections", connections, 1, MOST_CONNECTIONS);
        command.requireFiles(Stream.concat(Stream.of(html), json.stream()));
        command.requireLogFolder(logs);
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
