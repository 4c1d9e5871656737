package io.sockway.xds.peers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.sockway.xds.json.Json;
import java.util.HashSet;
import java.util.Set;

/** Which addresses a service leads to. */
final class EndpointSlices {
    private EndpointSlices() {
    }

    /**
     * One slice of a service's endpoints.
     *
     * @param service as {@code name.namespace}, empty for slices that belong to none
     * @param ports of TCP that it leads to; none where it leads to all
     * @param addresses in it, ready or not: one that is not ready still sends requests
     */
    record Slice(String service, Set<Integer> ports, Set<String> addresses) {
    }

    static Slice parse(JsonObject slice) {
        JsonObject metadata = Json.object(slice, "metadata");
        String name = Json.text(Json.object(metadata, "labels"), "kubernetes.io/service-name");
        Set<String> addresses = new HashSet<>();
        if (!Json.text(slice, "addressType").equals("FQDN")) {
            for (JsonElement endpoint : Json.array(slice, "endpoints")) {
                Json.array(endpoint.getAsJsonObject(), "addresses")
                        .forEach(each -> Addresses.normalized(each.getAsString()).ifPresent(addresses::add));
            }
        }
        return new Slice(name.isEmpty() ? "" : name + "." + Json.text(metadata, "namespace"), ports(slice), addresses);
    }

    private static Set<Integer> ports(JsonObject slice) {
        Set<Integer> ports = new HashSet<>();
        for (JsonElement each : Json.array(slice, "ports")) {
            JsonObject port = each.getAsJsonObject();
            String number = Json.text(port, "port");
            String protocol = Json.text(port, "protocol");
            if (!number.isEmpty() && (protocol.isEmpty() || protocol.equals("TCP"))) {
                ports.add(Integer.parseInt(number));
            }
        }
        return ports;
    }
}
