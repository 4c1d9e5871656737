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
    "Percentiles are estimated from the buckets of istio_request_duration_milliseconds.",
    "Goes on when the sidecar comes back after a restart."})
final class TelemetryTopCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
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
        JsonObject before;
        try {
            before = ask(client);
        } catch (AwayException e) {
            throw failure(e);
        }
        Optional<JsonObject> shown = Optional.empty();
        do {
            Thread.sleep(interval.toMillis());
            try {
                JsonObject now = ask(client);
                JsonObject rates = TrafficRates.between(before, now);
                show(rates, out);
                before = now;
                shown = Optional.of(rates);
            } catch (AwayException e) {
                if (once) {
                    throw failure(e);
                }
                before = awaitReturn(client, e, shown);
            }
        } while (!once && !out.checkError());
        return 0;
    }

    /** That the sidecar gave no figures; the message says why, without a remedy. */
    private static final class AwayException extends Exception {
        private static final long serialVersionUID = 1;
        private final String remedy;

        AwayException(String message, String remedy) {
            super(message);
            this.remedy = remedy;
        }
    }

    private static CommandFailedException failure(AwayException away) {
        return new CommandFailedException(away.getMessage() + ": " + away.remedy);
    }

    private static JsonObject ask(AdminClient client) throws AwayException {
        try {
            JsonObject answer = client.get("/telemetry");
            if (answer == null) {
                throw new AwayException("the sidecar at " + client + " runs without telemetry", "start it with --telemetry plugin");
            }
            return answer;
        } catch (IOException e) {
            throw new AwayException("no sidecar answers at " + client + " (" + e.getMessage() + ")",
                    "name its admin server with --admin HOST:PORT");
        }
    }

    /**
     * Asks less and less often until there is an answer, and returns that one: rates begin anew with it, since what came between may
     * have been counted from zero, and by another clock.
     */
    private JsonObject awaitReturn(AdminClient client, AwayException why, Optional<JsonObject> shown) throws InterruptedException {
        LocalTime since = now();
        boolean screen = !json && Terminal.ofStandardOutput().isPresent();
        if (!screen) {
            tell(why.getMessage() + ": trying again");
        }
        AwayException last = why;
        for (Duration pause = FIRST_PAUSE;; pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE)) {
            if (screen) {
                redraw("%s, away since %s, trying again, Ctrl-C ends: %s".formatted(now(), since, last.getMessage()), shown);
            }
            Thread.sleep(pause.toMillis());
            try {
                JsonObject answer = ask(client);
                String back = "the sidecar at " + client + " answers again";
                if (screen) {
                    redraw("%s, %s, every %s s, Ctrl-C ends".formatted(now(), back, seconds()), shown);
                } else {
                    tell(back);
                }
                return answer;
            } catch (AwayException e) {
                last = e;
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static LocalTime now() {
        return LocalTime.now().truncatedTo(ChronoUnit.SECONDS);
    }

    private double seconds() {
        return interval.toMillis() / 1000.0;
    }

    /** Beside the figures, which may go to a program. */
    private void tell(String line) {
        Lines.say(spec.commandLine().getErr(), "sockway: " + line);
    }

    private void show(JsonObject rates, PrintWriter out) {
        if (json) {
            out.println(once ? Reports.pretty(rates) : rates);
            out.flush();
        } else {
            draw(once ? Optional.empty() : Optional.of("%s, every %s s, Ctrl-C ends".formatted(now(), seconds())), Optional.of(rates),
                    once ? Optional.empty() : Terminal.ofStandardOutput());
        }
    }

    private void redraw(String heading, Optional<JsonObject> rates) {
        draw(Optional.of(heading), rates, Terminal.ofStandardOutput());
    }

    /** As many lines as the screen has room for, and all where there is none. */
    private void draw(Optional<String> heading, Optional<JsonObject> rates, Optional<Terminal> screen) {
        int width = screen.map(Terminal::columns).orElse(Integer.MAX_VALUE);
        List<String> lines = new ArrayList<>(heading.stream().toList());
        rates.ifPresent(each -> lines.addAll(Lines.notes(each.getAsJsonObject("telemetry"))));
        lines.replaceAll(line -> TrafficTable.cut(line, width));
        // The last line stays empty: the cursor is there.
        rates.ifPresent(each -> lines.addAll(TrafficTable.lines(each, width,
                screen.map(terminal -> terminal.rows() - 1 - lines.size()).orElse(Integer.MAX_VALUE))));
        PrintWriter out = spec.commandLine().getOut();
        out.print(screen.isPresent() ? CLEAR : "");
        lines.forEach(out::println);
        out.flush();
    }
}
