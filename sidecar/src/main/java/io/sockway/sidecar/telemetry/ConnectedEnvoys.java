package io.sockway.sidecar.telemetry;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.xds.discovery.EnvoyNode;
import io.sockway.xds.discovery.StreamStatus;
import io.sockway.xds.discovery.SubscriptionStatus;
import io.sockway.xds.stats.StatsPlugin;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The Envoys that are connected, each with one stream for each of its filters. Immutable. */
final class ConnectedEnvoys {
    private final Map<EnvoyNode, List<StreamStatus>> streams;

    private ConnectedEnvoys(Map<EnvoyNode, List<StreamStatus>> streams) {
        this.streams = streams;
    }

    static ConnectedEnvoys of(Collection<StreamStatus> streams) {
        return new ConnectedEnvoys(streams.stream().filter(stream -> !stream.node().id().isEmpty())
                .collect(Collectors.groupingBy(StreamStatus::node)));
    }

    int count() {
        return streams.size();
    }

    /** Those that get no plugin since it was not built for their version. */
    int unsupported() {
        return (int) streams.keySet().stream().filter(node -> !StatsPlugin.supports(node.version())).count();
    }

    /** Those that refused what they were sent last. */
    int rejecting() {
        return (int) streams.values().stream().filter(each -> rejection(each).isPresent()).count();
    }

    /** An object for each, by id. */
    JsonArray json() {
        JsonArray all = new JsonArray();
        streams.entrySet().stream().sorted(Map.Entry.comparingByKey(Comparator.comparing(EnvoyNode::id)))
                .forEach(entry -> all.add(envoy(entry.getKey(), entry.getValue())));
        return all;
    }

    private static JsonObject envoy(EnvoyNode node, List<StreamStatus> streams) {
        JsonObject envoy = new JsonObject();
        envoy.addProperty("id", node.id());
        envoy.addProperty("version", node.version());
        envoy.addProperty("supported", StatsPlugin.supports(node.version()));
        envoy.addProperty("filters", subscriptions(streams).stream().filter(each -> !each.acceptedVersion().isEmpty()).count());
        streams.stream().map(StreamStatus::since).min(Comparator.naturalOrder())
                .ifPresent(since -> envoy.addProperty("since", since.truncatedTo(ChronoUnit.MILLIS).toString()));
        envoy.addProperty("rejection", rejection(streams).orElse(""));
        return envoy;
    }

    private static List<SubscriptionStatus> subscriptions(List<StreamStatus> streams) {
        return streams.stream().flatMap(stream -> stream.subscriptions().stream()).toList();
    }

    private static Optional<String> rejection(List<StreamStatus> streams) {
        return subscriptions(streams).stream().filter(each -> !each.rejectedVersion().isEmpty()).map(SubscriptionStatus::rejection)
                .findFirst();
    }
}
