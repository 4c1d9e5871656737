package io.sockway.bench.load;

import io.sockway.bench.cli.LabCommand;
import io.sockway.bench.scenario.Protocol;
import io.sockway.xds.transport.Transport;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code sockway bench load}: makes load on a server, and says what the clients saw. */
@Command(name = "load", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Makes load on a server: HTTP/1.1, HTTP/2 without TLS, or messages to an echo server. Needs no root.",
            "",
            "With --rate the loop is open: requests are due by a fixed schedule, and latency runs from when a request was due, so that a "
                + "pause of the server shows. Without it the loop is closed: each connection sends when its answer is there.",
            ""},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured without errors",
            "1:nothing answered, or some requests failed",
            "2:wrong options"})
public final class LoadCommand implements Callable<Integer> {
    private static final int MOST_CONNECTIONS = 20_000;
    private static final int MOST_THREADS = 256;
    private static final int MOST_IN_FLIGHT = 10_000;
    private static final int MOST_BYTES = 16 << 20;
    private static final double MOST_RATE = 5_000_000;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "URL", description = "http://HOST[:PORT]/PATH, or tcp://HOST:PORT of an echo server.")
    private String url;

    @Option(names = "--rate", paramLabel = "N", description = "Requests a second over all connections (default: a closed loop).")
    private double rate;

    @Option(names = "--connections", paramLabel = "N", description = "Connections (default: ${DEFAULT-VALUE}).")
    private int connections = 16;

    @Option(names = "--threads", paramLabel = "N", description = "Event loops (default: ${DEFAULT-VALUE}).")
    private int threads = 1;

    @Option(names = "--in-flight", paramLabel = "N", description = "Most requests without an answer on a connection: pipelined, as "
            + "streams, or as messages (default: ${DEFAULT-VALUE}).")
    private int inFlight = 1;

    @Option(names = "--http2", description = "Speak HTTP/2 (without TLS, by prior knowledge).")
    private boolean http2;

    @Option(names = "--bytes", paramLabel = "N", description = "Length of a message to an echo server (default: ${DEFAULT-VALUE}).")
    private int bytes = 64;

    @Option(names = "--duration", paramLabel = "TIME", converter = DurationConverter.class, defaultValue = "10s",
            description = "How long to measure, like 500ms, 30s or 5m (default: ${DEFAULT-VALUE}).")
    private Duration duration;

    @Option(names = "--warm-up", paramLabel = "TIME", converter = DurationConverter.class, defaultValue = "3s",
            description = "Load before that, for the server and for this JVM's compiler (default: ${DEFAULT-VALUE}).")
    private Duration warmUp;

    @Option(names = "--timeout", paramLabel = "TIME", converter = DurationConverter.class, defaultValue = "5s",
            description = "After which a request counts as failed (default: ${DEFAULT-VALUE}).")
    private Duration timeout;

    @Option(names = "--transport", paramLabel = "NAME", description = "io_uring, epoll or nio (default: the first that works).")
    private Optional<String> transport = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write the figures for programs; - for standard output.")
    private Optional<Path> json = Optional.empty();

    @Option(names = "--log", paramLabel = "FILE", description = "Where to write an interval log in HdrHistogram's format, a line a second.")
    private Optional<Path> log = Optional.empty();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help and exit.")
    private boolean help;

    @Override
    public Integer call() {
        LabCommand command = new LabCommand(spec, "bench load");
        LoadPlan plan = plan(command);
        command.requireFiles(Stream.concat(json.stream(), log.stream()));
        PrintWriter out = command.people(Stream.concat(json.stream(), log.stream()));
        return command.run(() -> {
            LoadResult result = run(plan, new LoadProgress(out, LoadProgress.onTerminal()));
            out.print(LoadText.render(plan, result));
            out.flush();
            json.ifPresent(file -> command.write(file, result.toJson()));
            return result.errors().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
        });
    }

    private LoadResult run(LoadPlan plan, LoadProgress progress) {
        if (log.isEmpty()) {
            return LoadGenerator.run(plan, progress);
        }
        boolean here = log.get().toString().equals("-");
        try (PrintStream file = new PrintStream(here ? new FileOutputStream(FileDescriptor.out) : Files.newOutputStream(log.get()),
                false, StandardCharsets.UTF_8)) {
            LoadResult result = LoadGenerator.run(plan, new IntervalLog(file, plan, progress));
            if (file.checkError()) {
                throw new LoadException("cannot write " + log.get() + ": it took only a part; is the disk full?");
            }
            return result;
        } catch (IOException e) {
            throw new LoadException("cannot write " + log.get() + " (" + e.getMessage() + ")");
        }
    }

    private LoadPlan plan(LabCommand command) {
        boolean tcp = url.startsWith("tcp://");
        checkUrl(tcp);
        command.requireRange("--connections", connections, 1, MOST_CONNECTIONS);
        command.requireRange("--threads", threads, 1, MOST_THREADS);
        command.requireRange("--in-flight", inFlight, 1, MOST_IN_FLIGHT);
        command.requireRange("--bytes", bytes, 1, MOST_BYTES);
        boolean rateGiven = spec.commandLine().getParseResult().hasMatchedOption("--rate");
        if (rateGiven && !(rate > 0 && rate <= MOST_RATE)) {
            throw refused("--rate must be more than 0 and at most 5000000 requests a second, not " + rate);
        }
        if (connections < threads) {
            throw refused("--threads: %d threads for %d connections; each needs one at least".formatted(threads, connections));
        }
        if (tcp && http2) {
            throw refused("--http2 does not go with tcp://; leave one out");
        }
        Protocol protocol = tcp ? Protocol.TCP : http2 ? Protocol.HTTP2 : Protocol.HTTP1;
        return new LoadPlan(url, protocol, connections, threads, inFlight, bytes, rate, warmUp.toNanos(), duration.toNanos(),
                timeout.toNanos(), transports());
    }

    private void checkUrl(boolean tcp) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() == null || !tcp && !url.startsWith("http://") || tcp && uri.getPort() == -1
                    || uri.getPort() > 65_535 || uri.getPort() == 0 || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
                throw refused("'" + url + "' is neither http://HOST[:PORT]/PATH nor tcp://HOST:PORT"
                        + (url.startsWith("https:") ? "; there is no TLS" : ""));
            }
        } catch (URISyntaxException e) {
            throw refused("'" + url + "' is no URL: " + e.getReason());
        }
    }

    private List<Transport> transports() {
        return transport.map(name -> List.of(Transport.named(name)
                .orElseThrow(() -> refused("--transport: '" + name + "' is none of io_uring, epoll, nio")))).orElse(Transport.PREFERRED);
    }

    private ParameterException refused(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static final class DurationConverter implements ITypeConverter<Duration> {
        private static final Duration MOST = Duration.ofHours(24);

        @Override
        public Duration convert(String value) {
            try {
                String text = value.strip();
                Duration parsed = text.endsWith("ms") ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                        : Duration.parse("PT" + text);
                if (parsed.toMillis() >= 100 && parsed.compareTo(MOST) <= 0) {
                    return parsed;
                }
            } catch (DateTimeParseException | NumberFormatException e) {
                // answered below
            }
            throw new TypeConversionException("'" + value + "' is not a time of 100ms to 24 hours like 500ms, 30s or 5m");
        }
    }
}
