package io.sockway.sidecar.cli;

import com.google.gson.JsonObject;
import io.sockway.sidecar.report.Reports;
import io.sockway.sidecar.report.TrafficRates;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sockway telemetry top}. */
@Command(name = "top", mixinStandardHelpOptions = true, description = {
    "Show who asks whom, as it changes: requests a second, errors (5xx), how long requests took, and bytes a second over TCP.",
    "Percentiles are estimated from the buckets of istio_request_duration_milliseconds."})
final class TelemetryTopCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Option(names = "--admin", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:15900", converter = RunCommand.AddressConverter.class,
            description = "Admin server of the sidecar that counts (default: ${DEFAULT-VALUE}).")
    private InetSocketAddress admin;

    @Option(names = "--interval", paramLabel = "TIME", defaultValue = "1s", converter = DurationConverter.class,
            description = "What rates and percentiles are over, and how often the table is shown (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(names = "--once", description = "Show one interval, and end.")
    private boolean once;

    @Option(names = "--json", description = "Print JSON, one document a time.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (interval.compareTo(Duration.ofMillis(100)) < 0 || interval.compareTo(Duration.ofHours(1)) > 0) {
            throw new ParameterException(spec.commandLine(), "--interval is not between 100ms and 1h");
        }
        PrintWriter out = spec.commandLine().getOut();
        AdminClient client = new AdminClient(admin, PATIENCE);
        JsonObject before = ask(client);
        do {
            Thread.sleep(interval.toMillis());
            JsonObject now = ask(client);
            JsonObject rates = TrafficRates.between(before, now);
            if (json) {
                out.println(once ? Reports.pretty(rates) : rates);
            } else {
                Optional<Terminal> screen = once ? Optional.empty() : Terminal.ofStandardOutput();
                List<String> lines = lines(rates, screen);
                out.print(screen.isPresent() ? CLEAR : "");
                lines.forEach(out::println);
            }
            out.flush();
            before = now;
        } while (!once && !out.checkError());
        return 0;
    }

    private static JsonObject ask(AdminClient client) {
        try {
            JsonObject answer = client.get("/telemetry");
            if (answer == null) {
                throw new CommandFailedException("the sidecar at " + client + " runs without telemetry: start it with --telemetry plugin");
            }
            return answer;
        } catch (IOException e) {
            throw new CommandFailedException("no sidecar answers at " + client + " (" + e.getMessage() + "): name its admin server with "
                    + "--admin HOST:PORT");
        }
    }

    /** As many lines as the screen has room for, and all where there is none. */
    private List<String> lines(JsonObject rates, Optional<Terminal> screen) {
        int width = screen.map(Terminal::columns).orElse(Integer.MAX_VALUE);
        List<String> lines = new ArrayList<>();
        if (!once) {
            lines.add("%s, every %s s, Ctrl-C ends".formatted(LocalTime.now().truncatedTo(ChronoUnit.SECONDS),
                    interval.toMillis() / 1000.0));
        }
        lines.addAll(Lines.notes(rates.getAsJsonObject("telemetry")));
        lines.replaceAll(line -> TrafficTable.cut(line, width));
        // The last line stays empty: the cursor is there.
        lines.addAll(TrafficTable.lines(rates, width, screen.map(each -> each.rows() - 1 - lines.size()).orElse(Integer.MAX_VALUE)));
        return lines;
    }
}
