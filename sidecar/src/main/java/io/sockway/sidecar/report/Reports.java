package io.sockway.sidecar.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.sidecar.Version;
import io.sockway.sockops.Accelerator;
import io.sockway.sockops.Attachment;
import io.sockway.sockops.Counters;
import io.sockway.sockops.Feature;
import io.sockway.sockops.Flow;
import io.sockway.sockops.FlowTotals;
import io.sockway.sockops.Habit;
import io.sockway.sockops.Mode;
import io.sockway.sockops.Reason;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The JSON documents of {@code status} and {@code flows}. Stateless; thread-safe. */
public final class Reports {
    /** State of an attachment whose cgroup was removed. */
    public static final String GONE = "gone";

    private Reports() {
    }

    /** A document as indented text. */
    public static String pretty(JsonObject document) {
        return Pretty.GSON.toJson(document);
    }

    /** Apart, since sidecars print nothing and its adapters are a hundred classes. */
    private static final class Pretty {
        static final Gson GSON = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    }

    /** Attachments, state, kernel features, flows, bytes and messages by path, passes by reason. */
    public static JsonObject status(Accelerator accelerator) {
        Counters counters = accelerator.counters();
        FlowTotals live = accelerator.flowTotals();
        JsonObject root = new JsonObject();
        root.addProperty("version", Version.current());
        root.addProperty("loadedVersion", accelerator.version());
        root.addProperty("loadedAt", accelerator.loadedAt().toString());
        root.addProperty("pinDir", accelerator.pinDir().toString());
        root.addProperty("mode", accelerator.mode().label());
        root.addProperty("sameNode", accelerator.sameNode());
        if (accelerator.shares()) {
            root.addProperty("podsAcross", accelerator.podsAcross());
        }
        root.addProperty("includePorts", accelerator.includePorts().toString());
        root.addProperty("excludePorts", accelerator.excludePorts().toString());
        root.addProperty("excludeExecutables", String.join(",", accelerator.excludeExecutables()));
        root.addProperty("maxFlows", accelerator.maxFlows());
        root.addProperty("served", accelerator.isServed());
        root.add("attachments", attachments(accelerator));
        JsonObject flows = flows(counters, live);
        flows.addProperty("refused", accelerator.refusedFlows());
        root.add("flows", flows);
        root.add("bytes", pair(counters.redirectedBytes(), counters.closedTcpBytes() + live.tcpBytes()));
        root.add("messages", pair(counters.redirectedMessages(), counters.tcpMessages()));
        root.addProperty("wouldRedirectBytes", counters.wouldRedirectBytes());
        root.add("passes", byReason(counters.passes()));
        root.add("reasons", reasons());
        List<Habit> habits = accelerator.habits();
        root.add("habits", habits(habits));
        List<String> hurt = habits.stream().filter(habit -> habit.late() > 0).map(Habit::name).toList();
        if (!hurt.isEmpty()) {
            root.addProperty("remedy", Exclusion.option(accelerator, hurt));
        }
        root.add("kernel", kernel(accelerator.features()));
        return root;
    }

    /** The same where nothing is attached: the fields that every reader may count on, empty. */
    public static JsonObject nothingAttached(Path pinDir) {
        JsonObject root = new JsonObject();
        root.addProperty("version", Version.current());
        root.addProperty("pinDir", pinDir.toString());
        root.addProperty("served", false);
        root.add("attachments", new JsonArray());
        JsonObject flows = new JsonObject();
        flows.addProperty("paired", 0);
        flows.addProperty("unpaired", 0);
        root.add("flows", flows);
        root.add("bytes", pair(0, 0));
        root.add("messages", pair(0, 0));
        root.add("passes", new JsonObject());
        JsonObject kernel = new JsonObject();
        kernel.addProperty("release", System.getProperty("os.version"));
        kernel.add("features", new JsonObject());
        kernel.add("limits", new JsonArray());
        root.add("habits", new JsonArray());
        root.add("kernel", kernel);
        return root;
    }

    /** One object a live flow, handed out one by one: there may be many. */
    public static void eachFlow(Accelerator accelerator, Consumer<JsonObject> consumer) {
        each(accelerator.flows(), consumer);
    }

    /**
     * The busiest live flows as one document.
     *
     * @param limit at most so many; {@code total} tells how many there are
     */
    public static JsonObject flows(Accelerator accelerator, int limit) {
        List<Flow> flows = accelerator.flows();
        JsonArray rows = new JsonArray();
        each(flows.stream().sorted(Comparator.comparingLong((Flow f) -> f.redirectedBytes() + f.tcpBytes()).reversed()).limit(limit)
                .toList(), rows::add);
        JsonObject root = new JsonObject();
        root.addProperty("total", flows.size());
        root.add("flows", rows);
        return root;
    }

    private static void each(List<Flow> flows, Consumer<JsonObject> consumer) {
        ProcessTable processes = ProcessTable.find(inodes(flows));
        long now = System.nanoTime();
        flows.forEach(flow -> consumer.accept(flow(flow, processes, now)));
    }

    private static Set<Long> inodes(List<Flow> flows) {
        Set<Long> inodes = new HashSet<>();
        for (Flow flow : flows) {
            inodes.add(flow.client().inode());
            inodes.add(flow.server().inode());
        }
        inodes.remove(0L);
        return inodes;
    }

    private static JsonObject flow(Flow flow, ProcessTable processes, long now) {
        Reason reason = flow.why();
        JsonObject row = new JsonObject();
        row.addProperty("id", Long.toUnsignedString(flow.client().cookie()));
        row.addProperty("state", flow.state().label());
        row.addProperty("reason", reason == Reason.NONE ? "redirected" : reason.label());
        row.addProperty("why", reason.text());
        row.add("client", side(flow.client(), processes));
        row.add("server", side(flow.server(), processes));
        row.addProperty("crossesNamespaces", flow.crossesNamespaces());
        JsonObject bytes = new JsonObject();
        bytes.add("redirected", directions(flow.client().redirectedBytes(), flow.server().redirectedBytes()));
        bytes.add("tcp", directions(flow.server().tcpBytesReceived(), flow.client().tcpBytesReceived()));
        row.add("bytes", bytes);
        row.add("messages", pair(flow.client().redirectedMessages() + flow.server().redirectedMessages(),
                flow.client().tcpMessages() + flow.server().tcpMessages()));
        row.addProperty("ageSeconds", (now - flow.pairedAt()) / 1_000_000_000L);
        row.addProperty("left", flow.left());
        return row;
    }

    private static JsonObject side(Flow.Side side, ProcessTable processes) {
        JsonObject end = new JsonObject();
        end.addProperty("local", side.local().toString());
        end.addProperty("remote", side.remote().toString());
        processes.owner(side.inode()).ifPresent(owner -> {
            end.addProperty("pid", owner.pid());
            end.addProperty("process", owner.name());
        });
        return end;
    }

    private static JsonArray attachments(Accelerator accelerator) {
        JsonArray all = new JsonArray();
        for (Attachment attachment : accelerator.attachments()) {
            JsonObject one = new JsonObject();
            one.addProperty("cgroup", attachment.cgroup().toString());
            one.addProperty("state", accelerator.isGone(attachment) ? GONE : state(attachment, accelerator.mode()));
            one.addProperty("since", attachment.since().toString());
            all.add(one);
        }
        return all;
    }

    private static String state(Attachment attachment, Mode mode) {
        if (attachment.detaching()) {
            return "detaching";
        }
        return switch (mode) {
            case ON -> "active";
            case PAUSED -> "paused";
            case OBSERVE -> "observing";
        };
    }

    private static JsonObject flows(Counters counters, FlowTotals live) {
        JsonObject flows = new JsonObject();
        flows.addProperty("paired", counters.paired());
        flows.addProperty("unpaired", counters.unpairedEnds());
        flows.addProperty("adopted", counters.adopted());
        flows.addProperty("across", counters.across());
        flows.addProperty("enrolled", counters.enrolled());
        flows.addProperty("closed", counters.closed());
        Map<String, Integer> byLabel = new LinkedHashMap<>();
        live.states().forEach((state, n) -> byLabel.merge(state.label(), n, Integer::sum));
        JsonObject states = new JsonObject();
        byLabel.forEach(states::addProperty);
        flows.add("live", states);
        flows.add("left", byReason(counters.left()));
        flows.add("waiting", byReason(live.waiting()));
        return flows;
    }

    private static JsonArray habits(List<Habit> habits) {
        JsonArray all = new JsonArray();
        for (Habit habit : habits) {
            JsonObject one = new JsonObject();
            one.addProperty("pid", habit.process());
            one.addProperty("process", habit.name());
            one.addProperty("reason", habit.reason().label());
            one.addProperty("why", habit.reason().text());
            one.addProperty("sockets", habit.times());
            one.addProperty("late", habit.late());
            all.add(one);
        }
        return all;
    }

    private static JsonObject kernel(Set<Feature> given) {
        JsonObject kernel = new JsonObject();
        kernel.addProperty("release", System.getProperty("os.version"));
        JsonObject features = new JsonObject();
        JsonArray limits = new JsonArray();
        for (Feature feature : Feature.values()) {
            features.addProperty(feature.label(), given.contains(feature));
            if (!given.contains(feature)) {
                limits.add(feature.limit());
            }
        }
        kernel.add("features", features);
        kernel.add("limits", limits);
        return kernel;
    }

    private static JsonObject reasons() {
        JsonObject all = new JsonObject();
        for (Reason reason : Reason.values()) {
            all.addProperty(reason.label(), reason.text());
        }
        return all;
    }

    private static JsonObject byReason(Map<Reason, Long> counts) {
        JsonObject all = new JsonObject();
        counts.forEach((reason, n) -> all.addProperty(reason.label(), n));
        return all;
    }

    private static JsonObject pair(long redirected, long tcp) {
        JsonObject both = new JsonObject();
        both.addProperty("redirected", redirected);
        both.addProperty("tcp", tcp);
        return both;
    }

    private static JsonObject directions(long toServer, long toClient) {
        JsonObject both = new JsonObject();
        both.addProperty("toServer", toServer);
        both.addProperty("toClient", toClient);
        return both;
    }
}
