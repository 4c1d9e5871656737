package io.sockway.bench.hop;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.lab.Cpus;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Sockway;
import io.sockway.bench.lab.UnmetRequirementException;
import io.sockway.bench.report.Machine;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares one local hop without and with Sockway in a grid of message sizes and patterns, and leaves nothing behind. */
@Command(name = "hop", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Measures one local hop: messages of several sizes and patterns between two processes. Needs root.",
            "",
            "Each cell of the grid is measured with plain TCP, with Sockway and, where it applies, with a Unix socket in turn, round by "
                + "round, with fresh processes for every round. Ratios are to plain TCP of the same round; below 1 is better.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured, whatever the ratios",
            "1:failed, or bytes were lost, stalled or differed",
            "2:could not run: wrong options, not root, a program is missing"})
public final class HopCommand implements Callable<Integer> {
    private static final int MOST_ROUNDS = 1_000;
    private static final int LEAST_MILLIS = 20;
    private static final int MOST_MILLIS = 60_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Only what says most in a minute: one round of 64 B, 4 KiB and 64 KiB on one core, and one "
            + "ping-pong for two cores, for REDIRECT and for each kind of address.")
    private boolean quick;

    @Option(names = "--patterns", paramLabel = "NAME", split = ",", converter = PatternConverter.class,
            description = "ping-pong, stream, in-flight, connect (default: all).")
    private List<Pattern> patterns = List.of(Pattern.values());

    @Option(names = "--sizes", paramLabel = "SIZE", split = ",", converter = SizeConverter.class,
            description = "1, 64, 256, 1k, 4k, 16k, 64k, 1m bytes (default: all).")
    private List<Size> sizes = List.of(Size.values());

    @Option(names = "--cores", paramLabel = "NAME", split = ",", converter = PlacementConverter.class,
            description = "Both ends on the same CPU, or on two: same, two (default: both).")
    private List<Placement> placements = List.of();

    @Option(names = "--routes", paramLabel = "NAME", split = ",", converter = RouteConverter.class,
            description = "To the server's own address, or through an iptables rule: direct, redirect (default: both).")
    private List<Route> routes = List.of(Route.values());

    @Option(names = "--families", paramLabel = "NAME", split = ",", converter = FamilyConverter.class,
            description = "Kinds of sockets: ipv4, mapped, ipv6 (default: all).")
    private List<Family> families = List.of(Family.values());

    @Option(names = "--variants", paramLabel = "NAME", split = ",", converter = VariantConverter.class,
            description = "What to compare to plain TCP: sockway, unix (default: both); plain alone measures just that.")
    private List<Variant> variants = List.of(Variant.values());

    @Option(names = "--rounds", paramLabel = "N", description = "How often each cell is measured (default: 5, with --quick 1).")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--duration", paramLabel = "MILLIS",
            description = "How long each slice is measured, after 200 to 600 ms of warm-up (default: 300, with --quick 200).")
    private Optional<Integer> duration = Optional.empty();

    @Option(names = "--sockway", paramLabel = "PATH", description = "Sockway's launcher to use (default: the project's own).")
    private Optional<Path> sockway = Optional.empty();

    @Option(names = "--html", paramLabel = "FILE", description = "Where to write the report with heat maps.")
    private Optional<Path> html = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--logs", paramLabel = "DIR", description = "Keep the output of all processes in this folder.")
    private Optional<Path> logs = Optional.empty();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench hop");
        Plan plan = plan(command);
        command.requireFiles(Stream.concat(html.stream(), json.stream()));
        command.requireLogFolder(logs);
        PrintWriter out = spec.commandLine().getOut();
        return command.run(() -> {
            Lab.requireRoot();
            requireCpus(plan);
            Optional<Path> launcher = plan.variants().contains(Variant.SOCKWAY) ? Optional.of(Sockway.find(sockway)) : Optional.empty();
            HopReport report = measure(command, plan, launcher, out);
            html.ifPresent(file -> LabCommand.write(file, HopHtml.render(report)));
            json.ifPresent(file -> LabCommand.write(file, HopJson.render(report)));
            out.printf("%n%s", HopText.render(report));
            Stream.concat(html.stream(), json.stream()).forEach(file -> out.println("Report: " + file.toAbsolutePath().normalize()));
            out.flush();
            return ExitCode.OK;
        });
    }

    private HopReport measure(LabCommand command, Plan plan, Optional<Path> launcher, PrintWriter out) {
        Instant started = Instant.now();
        out.printf("%d cells, %d rounds: at least %d s%n", plan.cells().size(), plan.rounds(), plan.duration().toSeconds());
        out.flush();
        try (Lab lab = Lab.open(logs)) {
            return lab.run(() -> {
                HopRun run = new HopRun(plan, lab, launcher, out);
                List<CellResult> results = run.run();
                Map<String, String> versions = new LinkedHashMap<>();
                run.sockwayVersion().ifPresent(version -> versions.put("sockway", version));
                versions.put("java", Runtime.version().toString());
                return new HopReport(command.commandLine(), started, Machine.here(versions), plan, method(plan), results);
            });
        }
    }

    private static Map<String, String> method(Plan plan) {
        Map<String, String> method = new LinkedHashMap<>();
        method.put("Ends", "two processes, non-blocking sockets, epoll, system calls straight from Java; each end's thread is pinned");
        method.put("Order", "the variants of a cell in turn, each time beginning with another; fresh processes for every round and route");
        method.put("Slices", "%d ms each, after a warm-up of 200 ms for Unix sockets and short connections and 600 ms otherwise"
                .formatted(plan.measured().toMillis()));
        method.put("Time", "ping-pong and connections: the median of all; stream and 16 in flight: the median of stretches of 10 ms");
        method.put("CPU", "user and system time of both ends' threads; not that of Sockway's own process");
        method.put("Bytes by TCP", "tcpi_bytes_received and tcpi_bytes_acked of the client's socket against the bytes that were sent");
        method.put("Integrity", "every message's number is checked at its both ends, every 64th message byte by byte");
        return method;
    }

    private Plan plan(LabCommand command) {
        int millis = duration.orElse(quick ? 200 : 300);
        command.requireRange("--duration", millis, LEAST_MILLIS, MOST_MILLIS);
        command.requireRange("--rounds", rounds.orElse(1), 1, MOST_ROUNDS);
        List<Cell> all = Plan.cells(ordered(patterns), ordered(sizes), ordered(placements()), ordered(routes), ordered(families));
        List<Cell> cells = quick ? Plan.quick(all) : all;
        if (cells.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--quick has none of the cells that the other options leave");
        }
        List<Variant> compared = Stream.concat(Stream.of(Variant.PLAIN), variants.stream()).toList();
        return new Plan(cells, ordered(compared), rounds.orElse(quick ? 1 : 5), Duration.ofMillis(millis));
    }

    /** Two cores only where there are two, unless they were asked for. */
    private List<Placement> placements() {
        if (!placements.isEmpty()) {
            return placements;
        }
        return Cpus.allowed().size() > 1 ? List.of(Placement.values()) : List.of(Placement.SAME_CORE);
    }

    private static void requireCpus(Plan plan) {
        if (Cpus.allowed().size() < 2 && plan.cells().stream().anyMatch(cell -> cell.placement() == Placement.TWO_CORES)) {
            throw new UnmetRequirementException("only one CPU", "leave out --cores two");
        }
    }

    private static <T extends Enum<T>> List<T> ordered(List<T> constants) {
        return List.copyOf(EnumSet.copyOf(constants));
    }

    private static final class PatternConverter extends Named.Converter<Pattern> {
        PatternConverter() {
            super(Pattern.values());
        }
    }

    private static final class SizeConverter extends Named.Converter<Size> {
        SizeConverter() {
            super(Size.values());
        }
    }

    private static final class PlacementConverter extends Named.Converter<Placement> {
        PlacementConverter() {
            super(Placement.values());
        }
    }

    private static final class RouteConverter extends Named.Converter<Route> {
        RouteConverter() {
            super(Route.values());
        }
    }

    private static final class FamilyConverter extends Named.Converter<Family> {
        FamilyConverter() {
            super(Family.values());
        }
    }

    private static final class VariantConverter extends Named.Converter<Variant> {
        VariantConverter() {
            super(Variant.values());
        }
    }
}
