package io.sockway.bench.soak;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The endless random bytes of one direction of one connection, from any offset on: both sides know them, and a byte that is lost,
 * doubled, reordered or another connection's shows.
 */
final class Pattern {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long key;

    private Pattern(long key) {
        this.key = key;
    }

    static Pattern of(long seed, long connection, Direction direction) {
        return new Pattern(mix(mix(seed) + GOLDEN * (2 * connection + direction.ordinal() + 1)));
    }

    /** Puts bytes {@code offset ..} into all that {@code target} has room for. */
    void fill(ByteBuffer target, long offset) {
        long at = offset;
        while (at % Long.BYTES != 0 && target.hasRemaining()) {
            target.put(at(at++));
        }
        ByteOrder order = target.order();
        target.order(ByteOrder.LITTLE_ENDIAN);
        for (; target.remaining() >= Long.BYTES; at += Long.BYTES) {
            target.putLong(word(at / Long.BYTES));
        }
        target.order(order);
        while (target.hasRemaining()) {
            target.put(at(at++));
        }
    }

    private byte at(long offset) {
        return (byte) (word(offset / Long.BYTES) >>> Byte.SIZE * (offset % Long.BYTES));
    }

    private long word(long index) {
        return mix(key + GOLDEN * index);
    }

    /** The finalizer of SplitMix64. */
    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
