package io.sockway.bench.mixer;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What mixer was told of one request. Attributes that were not told are absent.
 *
 * @param values by name: a String, Long, Double, Boolean, {@link java.time.Instant}, {@link Duration}, {@code byte[]}, or a map of texts
 */
record Attributes(Map<String, Object> values) {

    /** A text; {@code otherwise} if it is absent or of another type. */
    String text(String name, String otherwise) {
        return values.get(name) instanceof String text ? text : otherwise;
    }

    /** A whole number; {@code otherwise} if it is absent or of another type. */
    long number(String name, long otherwise) {
        return values.get(name) instanceof Long number ? number : otherwise;
    }

    /** Whether it is there and true. */
    boolean flag(String name) {
        return values.get(name) instanceof Boolean flag && flag;
    }

    /** A duration; none if it is absent. */
    Duration duration(String name) {
        return values.get(name) instanceof Duration duration ? duration : Duration.ZERO;
    }

    /** Bytes, for example of an address. */
    Optional<byte[]> bytes(String name) {
        return values.get(name) instanceof byte[] bytes ? Optional.of(bytes) : Optional.empty();
    }
}
