package io.sockway.node.host;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Asks the kernel how the devices of the calling thread's network namespace queue what they send.
 *
 * <pre>
 *   nlmsghdr: length 4 | type 2 | flags 2 | sequence 4 | port 4
 *   tcmsg:    family 1 | pad 3 | device 4 | handle 4 | parent 4 | info 4
 *   rtattr:   length 2 | type 2 | value, padded to 4
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
final class LiveQdiscs {
    private static final int NETLINK_ROUTE = 0;
    private static final int NEW_QDISC = 36;
    private static final int GET_QDISC = 38;
    private static final int REQUEST_DUMP = 0x301;
    private static final int HEADER = 16;
    private static final int MESSAGE = 20;
    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int DEVICE = HEADER + 4;
    private static final int PARENT = HEADER + 12;
    private static final int ROOT = -1;
    private static final int KIND = 1;
    private static final int STATISTICS = 7;
    private static final int QUEUE = 3;
    private static final int DROPS = 8;
    private static final int OVER_LIMITS = 16;
    private static final int ANSWER_BYTES = 64 << 10;
    /** Attribute types have flags above. */
    private static final int TYPE_BITS = 0x3fff;

    private LiveQdiscs() {
    }

    /** Empty where the kernel does not answer. */
    static Map<String, Qdisc> read() {
        Qdisc.Collector all = new Qdisc.Collector();
        int socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW_CLOEXEC);
        if (socket < 0) {
            return Map.of();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(HEADER + MESSAGE, 4);
            request.set(JAVA_INT_UNALIGNED, 0, HEADER + MESSAGE);
            request.set(JAVA_SHORT_UNALIGNED, TYPE, (short) GET_QDISC);
            request.set(JAVA_SHORT_UNALIGNED, FLAGS, (short) REQUEST_DUMP);
            MemorySegment answer = arena.allocate(ANSWER_BYTES, 4);
            boolean more = Libc.send(socket, request) > 0;
            while (more) {
                int received = Libc.receive(socket, answer);
                more = received > 0 && add(answer.asSlice(0, received), all);
            }
        } finally {
            Libc.close(socket);
        }
        return all.byDevice();
    }

    /** Whether more is to come. */
    private static boolean add(MemorySegment answer, Qdisc.Collector all) {
        long at = 0;
        while (at + HEADER <= answer.byteSize()) {
            int length = answer.get(JAVA_INT_UNALIGNED, at);
            if (answer.get(JAVA_SHORT_UNALIGNED, at + TYPE) != NEW_QDISC || length < HEADER + MESSAGE || at + length > answer.byteSize()) {
                return false;
            }
            add(answer.asSlice(at, length), Libc.deviceName(answer.get(JAVA_INT_UNALIGNED, at + DEVICE)),
                    answer.get(JAVA_INT_UNALIGNED, at + PARENT) == ROOT, all);
            at += aligned(length);
        }
        return true;
    }

    private static void add(MemorySegment message, String device, boolean root, Qdisc.Collector all) {
        MemorySegment kind = attribute(message, HEADER + MESSAGE, KIND);
        MemorySegment statistics = attribute(message, HEADER + MESSAGE, STATISTICS);
        MemorySegment queue = statistics == null ? null : attribute(statistics, 0, QUEUE);
        if (device != null && kind != null) {
            boolean counted = queue != null && queue.byteSize() >= OVER_LIMITS + Integer.BYTES;
            all.add(device, kind.getString(0), root, counted ? Integer.toUnsignedLong(queue.get(JAVA_INT_UNALIGNED, DROPS)) : 0,
                    counted ? Integer.toUnsignedLong(queue.get(JAVA_INT_UNALIGNED, OVER_LIMITS)) : 0);
        }
    }

    /** The value of the first attribute of a type, or null. */
    private static MemorySegment attribute(MemorySegment message, long from, int type) {
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
