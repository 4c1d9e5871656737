package io.sockway.bench.hop;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.lab.Cpus;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which cells are measured, with what, how often and how long. */
final class GridOptions {
    private static final int MOST_ROUNDS = 1_000;
    private static final int LEAST_MILLIS = 20;
    private static final int MOST_MILLIS = 60_000;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--quick", description = "Only what says most in a minute: one round of 64 B, 4 KiB and 64 KiB on one core, one "
            + "ping-pong for two cores, for REDIRECT and for each kind of address, and HTTP with 100 B on one connection and 4 KiB on 32.")
    private boolean quick;

    @Option(names = "--patterns", paramLabel = "NAME", split = ",",
            description = "ping-pong, stream, in-flight, connect, http (default: all). http is wrk asking nginx for files, on 1 and on 32 "
                + "kept-alive connections, with the first of the families.")
    private List<String> patterns;

    @Option(names = "--sizes", paramLabel = "SIZE", split = ",",
            description = "1, 64, 256, 1k, 4k, 16k, 64k, 1m bytes; of http 100, 4k, 64k (default: all).")
    private List<String> sizes;

    @Option(names = "--cores", paramLabel = "NAME", split = ",",
            description = "Both ends on the same CPU, or on two: same, two (default: both).")
    private List<String> placements;

    @Option(names = "--routes", paramLabel = "NAME", split = ",",
            description = "To the server's own address, or through an iptables rule: direct, redirect (default: both).")
    private List<String> routes;

    @Option(names = "--families", paramLabel = "NAME", split = ",", description = "Kinds of sockets: ipv4, mapped, ipv6 (default: all).")
    private List<String> families;

    @Option(names = "--variants", paramLabel = "NAME", split = ",",
            description = "What to compare to plain TCP: sockway, unix (default: both); plain alone measures just that. beside is TCP "
                + "outside of the pod that Sockway is attached to, compared to TCP on a host without Sockway; it goes with unix only.")
    private List<String> variants;

    @Option(names = "--rounds", paramLabel = "N", description = "How often each cell is measured (default: 5, with --quick 1).")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--duration", paramLabel = "MILLIS",
            description = "How long each slice is measured, after 200 to 600 ms of warm-up (default: 300, with --quick 200).")
    private Optional<Integer> duration = Optional.empty();

    /** What the options ask for; fails if they make no sense. */
    Plan plan(LabCommand command) {
        int millis = duration.orElse(quick ? 200 : 300);
        command.requireRange("--duration", millis, LEAST_MILLIS, MOST_MILLIS);
        command.requireRange("--rounds", rounds.orElse(1), 1, MOST_ROUNDS);
        EnumSet<Variant> measured = EnumSet.of(Variant.PLAIN);
        measured.addAll(variants(command));
        List<Cell> all = Plan.cells(command.chosen("--patterns", patterns, Pattern.class), command.chosen("--sizes", sizes, Size.class),
                placements(command), command.chosen("--routes", routes, Route.class),
                command.chosen("--families", families, Family.class));
        if (all.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "none of the patterns is measured with these --sizes");
        }
        List<Cell> cells = quick ? Plan.quick(all) : all;
        if (cells.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--quick has none of the cells that the other options leave");
        }
        return new Plan(cells, List.copyOf(measured), rounds.orElse(quick ? 1 : 5), Duration.ofMillis(millis));
    }

    private List<Variant> variants(LabCommand command) {
        if (variants == null) {
            return Plan.USUAL_VARIANTS;
        }
        List<Variant> named = command.chosen("--variants", variants, Variant.class);
        if (named.containsAll(List.of(Variant.SOCKWAY, Variant.BESIDE))) {
            throw new ParameterException(spec.commandLine(), "--variants: beside needs a host without Sockway to compare with: measure it "
                    + "and sockway one after the other");
        }
        return named;
    }

    /** Two cores only where there are two, unless they were asked for. */
    private List<Placement> placements(LabCommand command) {
        return placements == null && Cpus.allowed().size() < 2
                ? List.of(Placement.SAME) : command.chosen("--cores", placements, Placement.class);
    }
}
