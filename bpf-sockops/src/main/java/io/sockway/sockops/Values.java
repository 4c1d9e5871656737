package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Texts and times as the maps hold them. */
final class Values {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Values() {
    }

    /** Writes a text, cut to the room that leaves it a final zero. */
    static void putString(MemorySegment to, long offset, int room, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, to, JAVA_BYTE, offset, Math.min(bytes.length, room - 1));
    }

    static String getString(MemorySegment from, long offset, int room) {
        byte[] bytes = from.asSlice(offset, room).toArray(JAVA_BYTE);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    static long epochNanos(Instant time) {
        return time.getEpochSecond() * NANOS_PER_SECOND + time.getNano();
    }

    static Instant instant(long epochNanos) {
        return Instant.ofEpochSecond(0, epochNanos);
    }
}
