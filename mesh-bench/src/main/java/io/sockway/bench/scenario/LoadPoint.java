package io.sockway.bench.scenario;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A load that all variants get.
 *
 * @param generator who makes it
 * @param protocol what it speaks
 * @param connections kept open
 * @param bodyBytes what a request gets; over TCP the length of a message
 * @param inFlight most requests that wait for an answer on one connection
 * @param rate how often requests are sent
 */
public record LoadPoint(Generator generator, Protocol protocol, int connections, int bodyBytes, int inFlight, Rate rate) {
    private static final int KIBIBYTE = 1024;

    /** The same load at another rate. */
    public LoadPoint at(Rate other) {
        return new LoadPoint(generator, protocol, connections, bodyBytes, inFlight, other);
    }

    /** The same load by another generator. */
    public LoadPoint by(Generator other) {
        return new LoadPoint(other, protocol, connections, bodyBytes, inFlight, rate);
    }

    /** In few words, for people. */
    public String label() {
        String flights = inFlight == 1 ? "" : inFlight + " in flight";
        String pace = rate instanceof Rate.Closed ? "" : rate.label();
        return Stream.of(connections == 1 ? "1 connection" : connections + " connections", size(bodyBytes), flights, pace)
                .filter(part -> !part.isEmpty()).collect(Collectors.joining(", "));
    }

    /** The parameters by name, each name ending in the unit where there is one. */
    public Map<String, Object> parameters() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("generator", generator.option());
        parameters.put("protocol", protocol.option());
        parameters.put("loop", rate instanceof Rate.Closed ? "closed" : "open");
        parameters.put("connections", connections);
        parameters.put("body_bytes", bodyBytes);
        parameters.put("in_flight", inFlight);
        if (rate instanceof Rate.PerSecond perSecond) {
            parameters.put("target_rps", perSecond.requests());
        }
        return parameters;
    }

    /** A length for people. */
    public static String size(int bytes) {
        return bytes >= KIBIBYTE && bytes % KIBIBYTE == 0 ? bytes / KIBIBYTE + " KiB" : bytes + " B";
    }
}
