package io.sockway.xds.discovery;

import java.util.Collection;

/**
 * What one response carries.
 *
 * @param version of everything of the type that the Envoy has after it
 * @param resources new, changed, or, where the protocol has no way to send less, all
 * @param removed names of those that are gone
 */
record Changes(String version, Collection<Resource> resources, Collection<String> removed) {
}
