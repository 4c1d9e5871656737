package io.sockway.sidecar.cli;

import com.google.gson.JsonElement;
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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
    private static final List<String> HEADINGS = List.of("BY", "SOURCE", "DESTINATION", "SERVICE", "REQ/S", "5XX", "P50 ms", "P90 ms",
            "P99 ms", "TCP IN/S", "TCP OUT/S");
    /** From this column on there are numbers. */
    private static final int FIRST_NUMBER = 4;

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
                out.print(once ? "" : CLEAR);
                print(rates, out);
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

    private void print(JsonObject rates, PrintWriter out) {
        JsonObject telemetry = rates.getAsJsonObject("telemetry");
        if (!once) {
            out.printf("%s, every %s s, Ctrl-C ends%n", LocalTime.now().truncatedTo(ChronoUnit.SECONDS), interval.toMillis() / 1000.0);
        }
        Lines.printNotes(out, telemetry);
        List<JsonElement> rows = rates.getAsJsonArray("rows").asList();
        if (rows.isEmpty()) {
            out.println("nothing was counted yet");
            return;
        }
        List<List<String>> table = new ArrayList<>(List.of(HEADINGS));
        rows.forEach(row -> table.add(cells(row.getAsJsonObject())));
        int[] widths = new int[HEADINGS.size()];
        table.forEach(cells -> Arrays.setAll(widths, i -> Math.max(widths[i], cells.get(i).length())));
        table.forEach(cells -> out.println(line(cells, widths)));
        if (rates.get("total").getAsInt() > rows.size()) {
            out.printf("and %d more%n", rates.get("total").getAsInt() - rows.size());
        }
    }

    private static List<String> cells(JsonObject row) {
        String reporter = row.get("reporter").getAsString();
        return List.of(reporter.equals("source") ? "src" : reporter.equals("destination") ? "dst" : "all", name(row, "source"),
                name(row, "destination"), cut(row.get("service").getAsString(), 40), number(row, "requestsPerSecond"),
                row.get("errorShare").isJsonNull() ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * row.get("errorShare").getAsDouble()),
                number(row, "p50"), number(row, "p90"), number(row, "p99"), bytes(row, "receivedPerSecond"), bytes(row, "sentPerSecond"));
    }

    /** Words to the left, numbers to the right. */
    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String blank = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? "" : "  ").append(i < FIRST_NUMBER ? cells.get(i) + blank : blank + cells.get(i));
        }
        return line.toString().stripTrailing();
    }

    private static String name(JsonObject row, String end) {
        String namespace = row.get(end + "Namespace").getAsString();
        String workload = row.get(end).getAsString();
        return cut(namespace.equals(workload) ? workload : workload + "." + namespace, 32);
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "\u2026";
    }

    private static String number(JsonObject row, String key) {
        if (row.get(key).isJsonNull()) {
            return "-";
        }
        double value = row.get(key).getAsDouble();
        return String.format(Locale.ROOT, value >= 100 || value == 0 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    private static String bytes(JsonObject row, String key) {
        double value = row.get(key).getAsDouble();
        return value == 0 ? "-" : Units.bytes(Math.round(value));
    }
}
