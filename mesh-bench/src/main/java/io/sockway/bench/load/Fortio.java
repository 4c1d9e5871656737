package io.sockway.bench.load;

import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.Tool;
import io.sockway.bench.lab.User;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A running fortio. The scope that it was started in owns the process. */
public final class Fortio {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final double MICROS = 1e6;
    private static final Pattern RATE = Pattern.compile("All done .* ([\\d.]+) qps");
    private static final Pattern P50 = Pattern.compile("# target 50% ([\\d.e+-]+)");
    private static final Pattern P99 = Pattern.compile("# target 99% ([\\d.e+-]+)");
    private static final Pattern CODE = Pattern.compile("(?m)^Code +(-?\\d+) : (\\d+)");

    /** Seconds: the width of its histogram's narrowest buckets, which would be a millisecond. */
    private static final String RESOLUTION = "0.00001";

    private final LabProcess process;
    private final Duration duration;

    private Fortio(LabProcess process, Duration duration) {
        this.process = process;
        this.duration = duration;
    }

    /** Starts it; {@code rate} is for all connections together, and without one they send when an answer is there. */
    public static Fortio start(Scope scope, ProcessGroup group, URI url, int connections, OptionalDouble rate, Duration duration) {
        List<String> command = new ArrayList<>(List.of(Tool.FORTIO.path().toString(), "load", "-quiet", "-allow-initial-errors",
                "-c", Integer.toString(connections), "-t", duration.toMillis() + "ms", "-p", "50,99", "-r", RESOLUTION,
                "-qps", rate.isPresent() ? Double.toString(rate.getAsDouble()) : "0"));
        if (rate.isPresent()) {
            command.addAll(List.of("-uniform", "-nocatchup"));
        }
        command.add(url.toString());
        // As root: it may lie in a folder that only root may enter.
        return new Fortio(group.start(scope, new ProcessSpec(Tool.FORTIO.executable(), User.ROOT, command)), duration);
    }

    /** Waits for its end and reads its report. */
    public ToolReport await() {
        process.awaitSuccess(duration.plus(GRACE));
        return parse(process.output()).orElseThrow(() -> process.failure("printed a report that is not fortio's"));
    }

    /** Reads what it prints for people; empty when it is something else. */
    static Optional<ToolReport> parse(String output) {
        Matcher rate = RATE.matcher(output);
        Matcher p50 = P50.matcher(output);
        Matcher p99 = P99.matcher(output);
        if (!rate.find() || !p50.find() || !p99.find()) {
            return Optional.empty();
        }
        Map<String, Long> errors = new TreeMap<>();
        CODE.matcher(output).results().forEach(code -> {
            int status = Integer.parseInt(code.group(1));
            if (status < 200 || status >= 400) {
                errors.merge(status < 0 ? "socket" : "status", Long.parseLong(code.group(2)), Long::sum);
            }
        });
        return Optional.of(new CountedReport(Double.parseDouble(rate.group(1)), Double.parseDouble(p50.group(1)) * MICROS,
                Double.parseDouble(p99.group(1)) * MICROS, errors));
    }
}
