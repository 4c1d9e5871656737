package io.sockway.bench.lab;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Sockway's own counters, as {@code sockway status --json} gives them.
 *
 * @param version of Sockway
 * @param pairedFlows connections of which both ends were found
 * @param unpairedFlows connections of which one end is elsewhere
 * @param redirectedBytes moved from socket to socket
 * @param tcpBytes sent the usual way by flows that were paired
 * @param redirectedMessages sends that were redirected
 * @param tcpMessages sends of enrolled flows that took the usual way
 * @param passes how many sends took the usual way, by reason
 * @param fionreadUsers names of the processes that asked FIONREAD where the kernel's answer misses redirected bytes: their connections
 *        stay on TCP
 */
public record SockwayStatus(String version, long pairedFlows, long unpairedFlows, long redirectedBytes, long tcpBytes,
        long redirectedMessages, long tcpMessages, Map<String, Long> passes, Set<String> fionreadUsers) {

    static SockwayStatus parse(String json) {
        try {
            JsonObject status = JsonParser.parseString(json).getAsJsonObject();
            Map<String, Long> passes = new TreeMap<>();
            object(status, "passes").entrySet().forEach(entry -> passes.put(entry.getKey(), entry.getValue().getAsLong()));
            return new SockwayStatus(member(status, "version").getAsString(),
                    number(status, "flows", "paired"), number(status, "flows", "unpaired"),
                    number(status, "bytes", "redirected"), number(status, "bytes", "tcp"),
                    number(status, "messages", "redirected"), number(status, "messages", "tcp"), passes, fionreadUsers(status));
        } catch (JsonParseException | IllegalStateException | NumberFormatException e) {
            throw new LabException("sockway status printed what cannot be read: " + json.strip(), e);
        }
    }

    private static Set<String> fionreadUsers(JsonObject status) {
        Set<String> names = new TreeSet<>();
        JsonObject features = object(object(status, "kernel"), "features");
        if (features.has("fionreadCountsRedirected") && !features.get("fionreadCountsRedirected").getAsBoolean()) {
            for (JsonElement habit : member(status, "habits").getAsJsonArray()) {
                if (member(habit.getAsJsonObject(), "reason").getAsString().equals("fionread")) {
                    names.add(member(habit.getAsJsonObject(), "process").getAsString());
                }
            }
        }
        return names;
    }

    private static long number(JsonObject status, String group, String name) {
        return member(object(status, group), name).getAsLong();
    }

    private static JsonObject object(JsonObject parent, String name) {
        return member(parent, name).getAsJsonObject();
    }

    private static JsonElement member(JsonObject parent, String name) {
        JsonElement member = parent.get(name);
        if (member == null) {
            throw new JsonParseException("no member \"" + name + "\"");
        }
        return member;
    }
}
