package io.sockway.xds.discovery;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What Envoy can be given, in the order in which changes are made: what is referred to comes before what refers to it. */
public enum ResourceType {
    /** CDS. */
    CLUSTER("CDS", "envoy.config.cluster.v3.Cluster", true, 2),
    /** EDS: the endpoints of a cluster. */
    ENDPOINTS("EDS", "envoy.config.endpoint.v3.ClusterLoadAssignment", false, 3),
    /** SDS: certificates, keys and authorities. */
    SECRET("SDS", "envoy.extensions.transport_sockets.tls.v3.Secret", false, 3),
    /** ECDS: the configuration of one filter. */
    EXTENSION("ECDS", "envoy.config.core.v3.TypedExtensionConfig", false, 3),
    /** LDS. */
    LISTENER("LDS", "envoy.config.listener.v3.Listener", true, 0),
    /** RDS. */
    ROUTE("RDS", "envoy.config.route.v3.RouteConfiguration", false, 1);

    private static final Map<String, ResourceType> BY_URL =
            Arrays.stream(values()).collect(Collectors.toMap(ResourceType::typeUrl, Function.identity()));

    private final String service;
    private final String message;
    private final String typeUrl;
    private final boolean wildcard;
    private final int removal;

    ResourceType(String service, String message, boolean wildcard, int removal) {
        this.service = service;
        this.message = message;
        this.typeUrl = "type.googleapis.com/" + message;
        this.wildcard = wildcard;
        this.removal = removal;
    }

    /** The type of a type URL, if it is served here. */
    public static Optional<ResourceType> of(String typeUrl) {
        return Optional.ofNullable(BY_URL.get(typeUrl));
    }

    /** The short name of its discovery service, for example {@code CDS}. */
    public String service() {
        return service;
    }

    /** The full name of its protobuf message. */
    public String message() {
        return message;
    }

    /** As it is written in requests and responses. */
    public String typeUrl() {
        return typeUrl;
    }

    /** Whether an Envoy that names no resource asks for all of this type. */
    boolean wildcard() {
        return wildcard;
    }

    /** Whether requests are sent along resources of this type, so that these change after what they refer to. */
    boolean routesRequests() {
        return this == LISTENER || this == ROUTE;
    }

    /** Whether resources of this type may refer to some of {@code other}, so that these are taken away later. */
    boolean refersTo(ResourceType other) {
        return removal < other.removal;
    }
}
