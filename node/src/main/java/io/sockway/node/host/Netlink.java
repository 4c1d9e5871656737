package io.sockway.node.host;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Lists what the kernel has of one kind in the calling thread's network namespace.
 *
 * <pre>
 *   nlmsghdr: length 4 | type 2 | flags 2 | sequence 4 | port 4
 *   rtattr:   length 2 | type 2 | value, padded to 4
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
final class Netlink {
    static final int ROUTE = 0;
    static final int SOCK_DIAG = 4;
    static final int HEADER = 16;

    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int REQUEST_DUMP = 0x301;
    private static final int FIRST_MESSAGE = 16;
    private static final int ANSWER_BYTES = 64 << 10;
    /** Attribute types have flags above. */
    private static final int TYPE_BITS = 0x3fff;

    private Netlink() {
    }

    /**
     * Asks, and hears each answer with its header; of nothing where the kernel does not answer.
     *
     * @param body what follows the request's header, in the machine's byte order
     */
    static void dump(int protocol, int type, byte[] body, Consumer<MemorySegment> answers) {
        int socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW_CLOEXEC, protocol);
        if (socket < 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(HEADER + body.length, 4);
            request.set(JAVA_INT_UNALIGNED, 0, HEADER + body.length);
            request.set(JAVA_SHORT_UNALIGNED, TYPE, (short) type);
            request.set(JAVA_SHORT_UNALIGNED, FLAGS, (short) REQUEST_DUMP);
            request.asSlice(HEADER).copyFrom(MemorySegment.ofArray(body));
            MemorySegment buffer = arena.allocate(ANSWER_BYTES, 4);
            boolean more = Libc.send(socket, request) > 0;
            while (more) {
                int received = Libc.receive(socket, buffer);
                more = received > 0 && each(buffer.asSlice(0, received), answers);
            }
        } finally {
            Libc.close(socket);
        }
    }

    /** Whether more is to come: the end, and errors, are messages of small types. */
    private static boolean each(MemorySegment received, Consumer<MemorySegment> answers) {
        long at = 0;
        while (at + HEADER <= received.byteSize()) {
            int length = received.get(JAVA_INT_UNALIGNED, at);
            if (received.get(JAVA_SHORT_UNALIGNED, at + TYPE) < FIRST_MESSAGE || length < HEADER || at + length > received.byteSize()) {
                return false;
            }
            answers.accept(received.asSlice(at, length));
            at += aligned(length);
        }
        return true;
    }

    /** The value of the first attribute of a type, or null. */
    static MemorySegment attribute(MemorySegment message, long from, int type) {
        long at = from;
        while (at + 4 <= message.byteSize()) {
            int length = Short.toUnsignedInt(message.get(JAVA_SHORT_UNALIGNED, at));
            if (length < 4 || at + length > message.byteSize()) {
                return null;
            }
            if ((message.get(JAVA_SHORT_UNALIGNED, at + 2) & TYPE_BITS) == type) {
                return message.asSlice(at + 4, length - 4L);
            }
            at += aligned(length);
        }
        return null;
    }

    private static long aligned(long length) {
        return length + 3 & ~3L;
    }
}
