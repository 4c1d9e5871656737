package io.sockway.bench.soak;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.cli.LabOptions;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Sockway;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sockway bench soak}: compares every byte of many connections while Sockway is disturbed, and leaves nothing behind. */
@Command(name = "soak", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Compares every byte of hundreds of connections while Sockway is paused, detached and killed under them. Needs root.",
            "",
            "Clients and servers (IPv4, v4-mapped and IPv6; direct and through iptables REDIRECT) exchange messages and streams of 1 byte "
                + "to 1 MiB, pause, half-close, reset and reconnect. Each stream ends with its SHA-256. The first difference ends the run.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every byte was right",
            "1:a difference, or something failed",
            "2:could not run: wrong options, not root, a program is missing"})
public final class SoakCommand implements Callable<Integer> {
    private static final int MOST_CONNECTIONS = 4_000;
    private static final int MOST_SEED = 1_000_000;
    private static final Duration MOST_DURATION = Duration.ofDays(7);

    @Spec
    private CommandSpec spec;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "10m", converter = DurationConverter.class,
            description = "How long, for example 30s, 10m or 2h (default: ${DEFAULT-VALUE}).")
    private Duration duration;

    @Option(names = "--connections", paramLabel = "N", description = "Connections open at a time (default: ${DEFAULT-VALUE}).")
    private int connections = 300;

    @Option(names = "--seed", paramLabel = "N", description = "Draws the same connections and disturbances again (default: a new one).")
    private Long seed;

    @Mixin
    private LabOptions options;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench soak");
        command.requireRange("--connections", connections, 1, MOST_CONNECTIONS);
        command.requireLogFolder(options.logs());
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        long drawn = seed == null ? RandomGenerator.getDefault().nextInt(MOST_SEED) : seed;
        return command.run(() -> {
            Lab.requireRoot();
            SoakSettings settings = new SoakSettings(duration, connections, drawn, Sockway.find(options.sockway()));
            out.printf("seed %d, %d connections, %d s%n", drawn, connections, duration.toSeconds());
            out.flush();
            Optional<String> difference;
            try (Lab lab = Lab.open(options.logs())) {
                difference = lab.run(() -> new Soak(settings, lab, out).run());
            }
            difference.ifPresent(what -> err.printf(
                    "sockway bench soak: %s%nrepeat it with: ./sockway bench soak --duration %ds --connections %d --seed %d%n",
                    what, duration.toSeconds(), connections, drawn));
            err.flush();
            return difference.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
        });
    }

    private static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            try {
                Duration parsed = Duration.parse("PT" + value.strip());
                if (parsed.toSeconds() >= 1 && parsed.compareTo(MOST_DURATION) <= 0) {
                    return parsed;
                }
            } catch (DateTimeParseException e) {
                // answered below
            }
            throw new TypeConversionException("'" + value + "' is not a time of 1s to 7 days like 30s, 10m or 2h");
        }
    }
}
