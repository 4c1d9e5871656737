package io.sockway.xds.yaml;

import com.google.protobuf.Message;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds messages by their full protobuf names, without loading all of the thousands that Envoy has: the names of their Java classes
 * follow from them. Thread-safe.
 */
final class MessageTypes {
    private static final String[][] PACKAGES = {
        {"envoy.", "io.envoyproxy.envoy."},
        {"xds.", "com.github.xds."},
        {"udpa.", "com.github.udpa.udpa."},
        {"google.protobuf.", "com.google.protobuf."}};

    private static final Map<String, Optional<Message>> FOUND = new ConcurrentHashMap<>();

    private MessageTypes() {
    }

    /** The default instance of a type URL's message, if this build has it. */
    static Optional<Message> of(String typeUrl) {
        return FOUND.computeIfAbsent(typeUrl.substring(typeUrl.lastIndexOf('/') + 1), MessageTypes::load);
    }

    private static Optional<Message> load(String name) {
        for (String[] prefix : PACKAGES) {
            if (name.startsWith(prefix[0])) {
                try {
                    Class<?> type = Class.forName(prefix[1] + name.substring(prefix[0].length()));
                    return Optional.of((Message) type.getMethod("getDefaultInstance").invoke(null));
                } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
