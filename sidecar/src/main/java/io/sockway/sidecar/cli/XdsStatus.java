package io.sockway.sidecar.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.sockway.sidecar.admin.XdsAdminSource;
import io.sockway.xds.ads.Mesh;
import io.sockway.xds.ads.MeshException;
import io.sockway.xds.discovery.Publisher;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.discovery.StreamStatus;
import io.sockway.xds.discovery.SubscriptionStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What {@code sockway xds serve} shows of itself. Thread-safe. */
final class XdsStatus implements XdsAdminSource {
    private final Publisher publisher;
    private volatile Mesh mesh;
    private volatile MeshException problems;
    private volatile Instant changedAt = Instant.now();

    XdsStatus(Publisher publisher, Mesh mesh) {
        this.publisher = publisher;
        this.mesh = mesh;
    }

    void changed(Mesh next) {
        mesh = next;
        problems = null;
        changedAt = Instant.now();
    }

    void refused(MeshException why) {
        problems = why;
    }

    @Override
    public JsonObject status() {
        JsonObject status = new JsonObject();
        JsonObject files = new JsonObject();
        files.addProperty("files", mesh.files());
        files.addProperty("resources", mesh.size());
        files.addProperty("changedAt", changedAt.truncatedTo(ChronoUnit.MILLIS).toString());
        JsonArray refused = new JsonArray();
        MeshException why = problems;
        if (why != null) {
            why.problems().forEach(problem -> refused.add(problem.toString()));
        }
        files.add("problems", refused);
        status.add("mesh", files);
        JsonObject sent = new JsonObject();
        Publisher.Totals totals = publisher.totals();
        sent.addProperty("responses", totals.responses());
        sent.addProperty("resources", totals.resources());
        sent.addProperty("bytes", totals.bytes());
        sent.addProperty("rejections", totals.rejections());
        sent.addProperty("refusedEnvoys", totals.refused());
        status.add("sent", sent);
        JsonArray envoys = new JsonArray();
        publisher.streams().stream().sorted(Comparator.comparing((StreamStatus stream) -> stream.node().id()))
                .forEach(stream -> envoys.add(json(stream)));
        status.add("envoys", envoys);
        return status;
    }

    private static JsonObject json(StreamStatus stream) {
        JsonObject json = new JsonObject();
        json.addProperty("id", stream.node().id());
        json.addProperty("cluster", stream.node().cluster());
        json.addProperty("version", stream.node().version());
        json.addProperty("incremental", stream.incremental());
        json.addProperty("since", stream.since().truncatedTo(ChronoUnit.MILLIS).toString());
        JsonObject types = new JsonObject();
        stream.subscriptions().forEach(each -> types.add(each.type().service(), json(each)));
        json.add("types", types);
        return json;
    }

    private static JsonObject json(SubscriptionStatus subscription) {
        JsonObject json = new JsonObject();
        if (subscription.all()) {
            json.addProperty("names", "*");
        } else {
            json.addProperty("names", subscription.names());
        }
        json.addProperty("accepted", subscription.acceptedVersion());
        json.addProperty("pending", subscription.pendingVersion());
        json.addProperty("rejected", subscription.rejectedVersion());
        json.addProperty("rejection", subscription.rejection());
        json.addProperty("responses", subscription.responses());
        json.addProperty("rejections", subscription.rejections());
        return json;
    }

    @Override
    public String metrics() {
        List<StreamStatus> streams = publisher.streams();
        Publisher.Totals totals = publisher.totals();
        Map<ResourceType, Integer> rejecting = new EnumMap<>(ResourceType.class);
        streams.forEach(stream -> stream.subscriptions().stream().filter(each -> !each.rejectedVersion().isEmpty())
                .forEach(each -> rejecting.merge(each.type(), 1, Integer::sum)));
        StringBuilder text = new StringBuilder();
        metric(text, "sockway_xds_streams", "gauge", "Open streams of Envoys", streams.size());
        metric(text, "sockway_xds_responses_total", "counter", "Responses sent to Envoys", totals.responses());
        metric(text, "sockway_xds_resources_total", "counter", "Resources in these responses", totals.resources());
        metric(text, "sockway_xds_resource_bytes_total", "counter", "Bytes of these resources", totals.bytes());
        metric(text, "sockway_xds_rejections_total", "counter", "Responses that Envoys refused", totals.rejections());
        metric(text, "sockway_xds_refused_envoys_total", "counter", "Streams ended since a certificate does not cover the node's name",
                totals.refused());
        metric(text, "sockway_xds_mesh_resources", "gauge", "Resources in the mesh that is served", mesh.size());
        metric(text, "sockway_xds_mesh_refused", "gauge", "1 while the files hold an error and an older mesh is served",
                problems == null ? 0 : 1);
        text.append("# HELP sockway_xds_rejecting Envoys that go on with older resources because they refused the present ones\n"
                + "# TYPE sockway_xds_rejecting gauge\n");
        for (ResourceType type : ResourceType.values()) {
            text.append("sockway_xds_rejecting{type=\"").append(type.service()).append("\"} ").append(rejecting.getOrDefault(type, 0))
                    .append('\n');
        }
        return text.toString();
    }

    private static void metric(StringBuilder text, String name, String type, String help, long value) {
        text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ').append(type).append('\n')
                .append(name).append(' ').append(value).append('\n');
    }
}
