package io.sockway.xds.ads;

import com.google.protobuf.Message;
import io.sockway.xds.discovery.ResourceType;
import io.sockway.xds.yaml.Position;

/**
 * A resource as a file has it.
 *
 * @param type of it
 * @param name of it
 * @param message the whole of it
 * @param at where its name stands
 */
record Declaration(ResourceType type, String name, Message message, Position at) {
}
