package io.sockway.sidecar.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.sockway.sidecar.report.Reports;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Enroller;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sockway status}. */
@Command(name = "status", mixinStandardHelpOptions = true,
        description = "Show attachments, state, kernel features, flows, bytes by path, and why messages took TCP.")
final class StatusCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Mixin
    private PinOptions pins;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--admin", paramLabel = "HOST:PORT", defaultValue = "127.0.0.1:15900", converter = RunCommand.AddressConverter.class,
            description = "Admin server of the sidecar, which is asked for telemetry if it answers (default: ${DEFAULT-VALUE}).")
    private InetSocketAddress admin;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Accelerator accelerator = pins.openIfThere().orElse(null)) {
            if (accelerator == null) {
                JsonObject nothing = Reports.nothingAttached(pins.pinDir());
                telemetry().ifPresent(its -> nothing.add("telemetry", its));
                out.println(json ? Reports.pretty(nothing) : pins.nothingAttached());
                if (!json && nothing.has("telemetry")) {
                    Lines.notes(nothing.getAsJsonObject("telemetry")).forEach(out::println);
                }
                return 0;
            }
            Enroller.refresh(accelerator);
            JsonObject status = Reports.status(accelerator);
            telemetry().ifPresent(its -> status.add("telemetry", its));
            if (json) {
                out.println(Reports.pretty(status));
            } else {
                print(status, out);
            }
        }
        return 0;
    }

    /** Only the process that counts knows. One that serves other pins is not meant. */
    private Optional<JsonObject> telemetry() {
        try {
            return Optional.ofNullable(new AdminClient(admin, PATIENCE).get("/status")).filter(status -> status.has("telemetry")
                    && (!status.has("pinDir") || status.get("pinDir").getAsString().equals(pins.pinDir().toString())))
                    .map(status -> status.getAsJsonObject("telemetry"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void print(JsonObject status, PrintWriter out) {
        out.printf("Sockway %s, loaded %s, pins in %s%n", text(status, "loadedVersion"), text(status, "loadedAt"), text(status, "pinDir"));
        out.printf("mode        %s%s%s%n", text(status, "mode"), status.get("sameNode").getAsBoolean() ? sameNode(status) : "",
                status.get("served").getAsBoolean() ? "" : ", no sidecar running: new connections stay on TCP");
        status.getAsJsonArray("attachments").forEach(each -> attachment(each.getAsJsonObject(), out));
        ports(status, "includePorts", "only ports", out);
        ports(status, "excludePorts", "not ports", out);
        ports(status, "excludeExecutables", "not of", out);
        JsonObject flows = status.getAsJsonObject("flows");
        out.printf("flows       %s paired, %s times enrolled, %s ends unpaired; now %s%n", text(flows, "paired"), text(flows, "enrolled"),
                text(flows, "unpaired"), counts(flows.getAsJsonObject("live"), Map.of()));
        JsonObject bytes = status.getAsJsonObject("bytes");
        JsonObject messages = status.getAsJsonObject("messages");
        out.printf("bytes       %s redirected, %s by TCP%n", Units.bytes(bytes.get("redirected").getAsLong()),
                Units.bytes(bytes.get("tcp").getAsLong()));
        out.printf("messages    %s redirected, %s by TCP from enrolled flows%n", text(messages, "redirected"), text(messages, "tcp"));
        Map<String, String> words = status.getAsJsonObject("reasons").entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().getAsString()));
        section("by TCP because", status.getAsJsonObject("passes"), words, out);
        section("not enrolled because", flows.getAsJsonObject("waiting"), words, out);
        section("left because", flows.getAsJsonObject("left"), words, out);
        if (flows.get("refused").getAsLong() > 0) {
            out.printf("full        %s connections stay on TCP: --max-flows %s is reached%n", text(flows, "refused"),
                    text(status, "maxFlows"));
        }
        habits(status, out);
        if (status.has("telemetry")) {
            Lines.notes(status.getAsJsonObject("telemetry")).forEach(out::println);
        }
        JsonObject kernel = status.getAsJsonObject("kernel");
        out.printf("kernel      %s%n", text(kernel, "release"));
        kernel.getAsJsonArray("limits").forEach(limit -> out.printf("            %s%n", limit.getAsString()));
    }

    private static void attachment(JsonObject it, PrintWriter out) {
        String state = text(it, "state");
        out.printf("attached    %s  %s%n", text(it, "cgroup"), state.equals(Reports.GONE)
                ? "gone: this cgroup was removed; 'sockway detach --cgroup' forgets it" : state + " since " + text(it, "since"));
    }

    private static String sameNode(JsonObject status) {
        return ", same node" + (status.has("podsAcross") ? " (connections lead to " + text(status, "podsAcross") + " of its pods)" : "");
    }

    /** The processes that an operator may want to leave alone, and how. */
    private static void habits(JsonObject status, PrintWriter out) {
        JsonArray habits = status.getAsJsonArray("habits");
        if (!habits.isEmpty()) {
            out.printf("on TCP for what a process does (late: redirected bytes were waiting then%s)%n",
                    status.has("remedy") ? "; " + text(status, "remedy") + " avoids it" : "");
        }
        for (JsonElement each : habits) {
            JsonObject habit = each.getAsJsonObject();
            out.printf("  %12s  %s (%s), %s late: %s%n", text(habit, "sockets"), text(habit, "process"), text(habit, "pid"),
                    text(habit, "late"), text(habit, "why"));
        }
    }

    private static void ports(JsonObject status, String key, String label, PrintWriter out) {
        if (!text(status, key).isEmpty()) {
            out.printf("%-11s %s%n", label, text(status, key));
        }
    }

    private static void section(String title, JsonObject counts, Map<String, String> words, PrintWriter out) {
        if (!counts.isEmpty()) {
            out.println(title);
            counts.entrySet().forEach(e -> out.printf("  %12s  %s%n", e.getValue().getAsString(), words.get(e.getKey())));
        }
    }

    private static String counts(JsonObject counts, Map<String, String> words) {
        return counts.entrySet().stream().filter(e -> !e.getValue().getAsString().equals("0"))
                .map(e -> words.getOrDefault(e.getKey(), e.getKey()) + " " + e.getValue().getAsString())
                .reduce((a, b) -> a + ", " + b).orElse("none");
    }

    private static String text(JsonObject object, String key) {
        JsonElement value = object.get(key);
        return value == null ? "" : value.getAsString();
    }
}
