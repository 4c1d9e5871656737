package io.sockway.sidecar.cli;

import com.google.gson.JsonObject;
import io.sockway.sidecar.report.Reports;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway flows}. */
@Command(name = "flows", mixinStandardHelpOptions = true,
        description = "Show one row for each live flow: both ends and their processes, state, bytes by each path, and why it is on TCP.")
final class FlowsCommand implements Callable<Integer> {
    private static final String ROW = "%-34s %-34s %-10s %11s %11s  %s%n";
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final long WATCH_MILLIS = 1000;

    @Mixin
    private PinOptions pins;

    @Option(names = "--json", description = "Print JSON, one document a time.")
    private boolean json;

    @Option(names = "--watch", description = "Show again every second until Ctrl-C.")
    private boolean watch;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (Accelerator accelerator = pins.open()) {
            boolean again;
            do {
                Enroller.refresh(accelerator);
                if (json) {
                    printJson(accelerator, out);
                } else {
                    out.print(watch ? CLEAR : "");
                    printTable(accelerator, out);
                }
                out.flush();
                again = watch && !out.checkError();
                if (again) {
                    Thread.sleep(WATCH_MILLIS);
                }
            } while (again);
        }
        return 0;
    }

    private static void printJson(Accelerator accelerator, PrintWriter out) {
        String[] separator = {""};
        out.print("{\"flows\":[");
        Reports.eachFlow(accelerator, flow -> {
            out.print(separator[0] + flow);
            separator[0] = ",\n";
        });
        out.println("]}");
    }

    private static void printTable(Accelerator accelerator, PrintWriter out) {
        int[] rows = new int[1];
        Reports.eachFlow(accelerator, flow -> {
            if (rows[0]++ == 0) {
                out.printf(ROW, "CLIENT", "SERVER", "STATE", "REDIRECTED", "BY TCP", "WHY");
            }
            JsonObject bytes = flow.getAsJsonObject("bytes");
            out.printf(ROW, end(flow.getAsJsonObject("client")), end(flow.getAsJsonObject("server")), flow.get("state").getAsString(),
                    Units.bytes(both(bytes.getAsJsonObject("redirected"))), Units.bytes(both(bytes.getAsJsonObject("tcp"))),
                    flow.get("why").getAsString());
        });
        if (rows[0] == 0) {
            out.println("no flows: no connection has both ends in the attached cgroups");
        }
    }

    private static String end(JsonObject end) {
        String local = end.get("local").getAsString();
        return end.has("process") ? local + " " + end.get("process").getAsString() + "/" + end.get("pid").getAsString() : local;
    }

    private static long both(JsonObject directions) {
        return directions.get("toServer").getAsLong() + directions.get("toClient").getAsLong();
    }
}
