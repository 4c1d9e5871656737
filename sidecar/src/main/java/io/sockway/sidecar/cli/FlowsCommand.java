package io.sockway.sidecar.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
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
        description = "Show one row a live flow: both ends and their processes, the path taken, bytes each way, and why it is on TCP.")
final class FlowsCommand implements Callable<Integer> {
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final long WATCH_MILLIS = 1000;

    @Mixin
    private PinOptions pins;

    @Option(names = "--json", description = "Print JSON; with --watch one document a line.")
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
                JsonObject flows = Reports.flows(accelerator);
                if (json) {
                    out.println(watch ? flows.toString() : Reports.pretty(flows));
                } else {
                    out.print(watch ? CLEAR : "");
                    print(flows.getAsJsonArray("flows"), out);
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

    private static void print(JsonArray flows, PrintWriter out) {
        if (flows.isEmpty()) {
            out.println("no flows: no connection has both ends in the attached cgroups");
            return;
        }
        out.printf("%-42s %-42s %-10s %12s %12s  %s%n", "CLIENT", "SERVER", "STATE", "REDIRECTED", "BY TCP", "WHY");
        for (JsonElement element : flows) {
            JsonObject flow = element.getAsJsonObject();
            JsonObject bytes = flow.getAsJsonObject("bytes");
            out.printf("%-42s %-42s %-10s %12s %12s  %s%n", end(flow.getAsJsonObject("client")), end(flow.getAsJsonObject("server")),
                    flow.get("state").getAsString(), Units.bytes(both(bytes.getAsJsonObject("redirected"))),
                    Units.bytes(both(bytes.getAsJsonObject("tcp"))), flow.get("why").getAsString());
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
