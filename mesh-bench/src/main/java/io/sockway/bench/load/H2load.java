package io.sockway.bench.load;

import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * A running h2load, which speaks HTTP/1.1 here. It tells no percentiles itself, but writes down how long each request took. The scope
 * that it was started in owns the process.
 */
public final class H2load {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Pattern RATE = Pattern.compile("finished in \\S+, ([\\d.]+) req/s");
    private static final Pattern FAILED = Pattern.compile("(\\d+) failed, \\d+ errored, (\\d+) timeout");
    private static final Pattern STATUSES = Pattern.compile("(\\d+) 4xx, (\\d+) 5xx");

    private final LabProcess process;
    private final Path log;
    private final Duration duration;

    private H2load(LabProcess process, Path log, Duration duration) {
        this.process = process;
        this.log = log;
        this.duration = duration;
    }

    /**
     * Starts it with one thread.
     *
     * @param rate for all connections together; without one they send when an answer is there
     * @param duration whole seconds
     * @param folder for the times of the requests
     */
    public static H2load start(Scope scope, ProcessGroup group, URI url, int connections, OptionalDouble rate, Duration duration,
            Path folder) {
        Path log = folder.resolve("h2load.tsv");
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new LabException("cannot remove " + log, e);
        }
        List<String> command = new ArrayList<>(List.of(Tool.H2LOAD.path().toString(), "--h1", "--threads=1", "--clients=" + connections,
                "--duration=" + duration.toSeconds(), "--log-file=" + log));
        rate.ifPresent(total -> command.add("--rps=" + total / connections));
        command.add(url.toString());
        return new H2load(group.start(scope, new ProcessSpec(Tool.H2LOAD.executable(), User.ROOT, command)), log, duration);
    }

    /** Waits for its end and reads its report. */
    public ToolReport await() {
        process.awaitSuccess(duration.plus(GRACE));
        try (Stream<String> lines = Files.lines(log)) {
            return parse(process.output(), lines).orElseThrow(() -> process.failure("printed a report that is not h2load's"));
        } catch (IOException | UncheckedIOException e) {
            throw new LabException("cannot read " + log, e);
        }
    }

    /**
     * Reads what it prints; empty when it is something else.
     *
     * @param requests lines of start, status and microseconds
     */
    static Optional<ToolReport> parse(String output, Stream<String> requests) {
        Matcher rate = RATE.matcher(output);
        Matcher failed = FAILED.matcher(output);
        Matcher statuses = STATUSES.matcher(output);
        if (!rate.find() || !failed.find() || !statuses.find()) {
            return Optional.empty();
        }
        Histogram micros = new Histogram(3);
        requests.map(line -> line.split("\t")).filter(fields -> fields.length > 2)
                .forEach(fields -> micros.recordValue(Long.parseLong(fields[2])));
        Map<String, Long> errors = new TreeMap<>(Map.of("timeout", Long.parseLong(failed.group(2)),
                "status", Long.parseLong(statuses.group(1)) + Long.parseLong(statuses.group(2)),
                "socket", Math.max(Long.parseLong(failed.group(1)) - Long.parseLong(failed.group(2)), 0)));
        errors.values().removeIf(count -> count == 0);
        return Optional.of(new CountedReport(Double.parseDouble(rate.group(1)), micros.getValueAtPercentile(50),
                micros.getValueAtPercentile(99), errors));
    }
}
