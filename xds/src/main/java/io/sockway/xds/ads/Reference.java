package io.sockway.xds.ads;

import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.yaml.Position;

/**
 * A name in one resource that has to be another's.
 *
 * @param type of the other
 * @param name of the other
 * @param at where the name stands
 * @param what refers to it, for people
 */
record Reference(ResourceType type, String name, Position at, String what) {
}
