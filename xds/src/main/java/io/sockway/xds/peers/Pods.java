package io.sockway.xds.peers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.sockway.xds.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Istio's telemetry says of a pod, read from the pod's object by Istio's rules. */
final class Pods {
    /** A CronJob names its Jobs after itself and the time. */
    private static final Pattern CRON_JOB = Pattern.compile("(.+)-\\d{8,10}");

    /** Labels with what the name of a ReplicaSet ends with, behind that of its Deployment or, with Argo, its Rollout. */
    private static final List<String> HASHES = List.of("pod-template-hash", "rollouts-pod-template-hash");
    private static final Set<String> CONTROLLERS = Set.of("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job");

    private Pods() {
    }

    /**
     * A pod's part of the table.
     *
     * @param addresses all of them; none before it is scheduled, after its end, and where it shares the address of its node
     * @param workload the same for each
     * @param ending whether it is to be deleted; where its node is lost, this may last long after its address was given to another
     * @param created RFC 3339 in UTC, which sorts as text
     */
    record Pod(List<String> addresses, Workload workload, boolean ending, String created, String uid) {
        /** Of pods that claim one address, the greatest has it. */
        static final Comparator<Pod> CLAIM = Comparator.comparing((Pod pod) -> !pod.ending).thenComparing(Pod::created)
                .thenComparing(Pod::uid);
    }

    static Pod parse(JsonObject pod, String cluster) {
        JsonObject metadata = Json.object(pod, "metadata");
        JsonObject labels = Json.object(metadata, "labels");
        JsonObject spec = Json.object(pod, "spec");
        String name = workloadName(metadata, labels);
        Workload workload = new Workload(name, Json.text(metadata, "namespace"), Json.text(labels, "app"), Json.text(labels, "version"),
                Json.first(labels, name, "service.istio.io/canonical-name", "app.kubernetes.io/name", "app"),
                Json.first(labels, "latest", "service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"), cluster,
                Json.text(spec, "serviceAccountName"), Map.of());
        boolean ownAddress = !Json.flag(spec, "hostNetwork");
        return new Pod(ownAddress ? addresses(Json.object(pod, "status")) : List.of(), workload,
                !Json.text(metadata, "deletionTimestamp").isEmpty(), Json.text(metadata, "creationTimestamp"), Json.text(metadata, "uid"));
    }

    private static List<String> addresses(JsonObject status) {
        String phase = Json.text(status, "phase");
        List<String> addresses = new ArrayList<>();
        if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
            for (JsonElement each : Json.array(status, "podIPs")) {
                Addresses.normalized(Json.text(each.getAsJsonObject(), "ip")).ifPresent(addresses::add);
            }
            if (addresses.isEmpty()) {
                Addresses.normalized(Json.text(status, "podIP")).ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    private static String workloadName(JsonObject metadata, JsonObject labels) {
        for (JsonElement each : Json.array(metadata, "ownerReferences")) {
            JsonObject owner = each.getAsJsonObject();
            String kind = Json.text(owner, "kind");
            boolean controls = Json.flag(owner, "controller");
            // Others than Kubernetes' own controllers may make pods that have names of their own.
            if (controls && (CONTROLLERS.contains(kind) || !Json.text(metadata, "generateName").isEmpty())) {
                return ofController(kind, Json.text(owner, "name"), labels);
            }
        }
        return Json.text(metadata, "name");
    }

    private static String ofController(String kind, String name, JsonObject labels) {
        switch (kind) {
            case "ReplicaSet" -> {
                for (String label : HASHES) {
                    String hash = "-" + Json.text(labels, label);
                    if (hash.length() > 1 && name.endsWith(hash)) {
                        return name.substring(0, name.length() - hash.length());
                    }
                }
                return name;
            }
            case "ReplicationController" -> {
                return Json.first(labels, name, "deploymentconfig");
            }
            case "Job" -> {
                Matcher cronJob = CRON_JOB.matcher(name);
                return cronJob.matches() ? cronJob.group(1) : name;
            }
            default -> {
                return name;
            }
        }
    }
}
