package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The content of messages of one length: their first and last byte are the message's number modulo 256, all others depend on their
 * position. One direction of one connection has two of these, one to send and one to check.
 */
final class Message {
    /** Of so many messages one is compared byte by byte, of the others the ends: comparing all would cost what is to be measured. */
    private static final int COMPARED = 64;

    private final MemorySegment content;
    private final int length;
    private long number;
    private int offset;

    /** {@code arena} owns the content. */
    Message(Arena arena, int length) {
        this.length = length;
        this.content = arena.allocate(length);
        for (int at = 0; at < length; at++) {
            content.set(JAVA_BYTE, at, (byte) (at * 31 + (at >>> 8) * 7 + 11));
        }
    }

    /** Where the message {@code number} begins in memory; valid until the next call. */
    long stamped(long messageNumber) {
        content.set(JAVA_BYTE, 0, (byte) messageNumber);
        content.set(JAVA_BYTE, length - 1L, (byte) messageNumber);
        return content.address();
    }

    /** Checks the next {@code count} bytes of the stream, and returns how many messages they completed. */
    int check(MemorySegment received, long count) {
        int completed = 0;
        long at = 0;
        while (at < count) {
            int piece = (int) Math.min(count - at, length - offset);
            boolean first = offset == 0;
            boolean last = offset + piece == length;
            byte stamp = (byte) number;
            if (first && received.get(JAVA_BYTE, at) != stamp || last && received.get(JAVA_BYTE, at + piece - 1) != stamp) {
                throw differs();
            }
            if (number % COMPARED == 0) {
                compare(received, at, first ? 1 : 0, last ? piece - 1 : piece);
            }
            at += piece;
            offset += piece;
            if (last) {
                offset = 0;
                number++;
                completed++;
            }
        }
        return completed;
    }

    /** Messages that were checked to their end. */
    long checked() {
        return number;
    }

    private void compare(MemorySegment received, long at, int from, int to) {
        if (to > from && MemorySegment.mismatch(received, at + from, at + to, content, offset + from, offset + to) >= 0) {
            throw differs();
        }
    }

    private HopException differs() {
        return new HopException("received bytes differ from those sent, in message %d of %d bytes, after its first %d"
                .formatted(number, length, offset));
    }
}
