package io.sockway.xds.discovery;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** All resources that one Envoy may have at a moment. Immutable. */
public final class Snapshot {
    /** Nothing of any type. */
    public static final Snapshot EMPTY = builder().build();

    private final Map<ResourceType, SortedMap<String, Resource>> resources;
    private final Map<ResourceType, String> versions = new EnumMap<>(ResourceType.class);

    private Snapshot(Map<ResourceType, SortedMap<String, Resource>> resources) {
        this.resources = resources;
        resources.forEach((type, named) -> versions.put(type, version(named.values())));
    }

    /** Starts an empty one. */
    public static Builder builder() {
        return new Builder();
    }

    /** The resources of one type by name, in the order of names. */
    public SortedMap<String, Resource> resources(ResourceType type) {
        return resources.get(type);
    }

    /** A hash over the names and contents of one type. */
    public String version(ResourceType type) {
        return versions.get(type);
    }

    /** A hash over {@code resources}, which come in the order of their names. */
    static String version(Collection<Resource> resources) {
        ContentHash hash = new ContentHash();
        resources.forEach(hash::add);
        return hash.version();
    }

    /** Collects resources; for one thread, and for one snapshot. */
    public static final class Builder {
        private final Map<ResourceType, SortedMap<String, Resource>> resources = new EnumMap<>(ResourceType.class);

        private Builder() {
            for (ResourceType type : ResourceType.values()) {
                resources.put(type, new TreeMap<>());
            }
        }

        /** Adds a resource in the place of one of the same type and name. */
        public Builder add(ResourceType type, Resource resource) {
            resources.get(type).put(resource.name(), resource);
            return this;
        }

        /** Ends the collecting. */
        public Snapshot build() {
            resources.replaceAll((type, named) -> Collections.unmodifiableSortedMap(named));
            return new Snapshot(resources);
        }
    }
}
