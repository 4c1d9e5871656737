package io.sockway.node.host;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Asks the kernel how the devices of the calling thread's network namespace queue what they send.
 *
 * <pre>
 *   tcmsg: family 1 | pad 3 | device 4 | handle 4 | parent 4 | info 4
 * </pre>
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
final class LiveQdiscs {
    private static final int GET_QDISC = 38;
    private static final int MESSAGE = 20;
    private static final int DEVICE = Netlink.HEADER + 4;
    private static final int PARENT = Netlink.HEADER + 12;
    private static final int ROOT = -1;
    private static final int KIND = 1;
    private static final int STATISTICS = 7;
    private static final int QUEUE = 3;
    private static final int DROPS = 8;
    private static final int OVER_LIMITS = 16;

    private LiveQdiscs() {
    }

    /** Empty where the kernel does not answer. */
    static Map<String, Qdisc> read() {
        Qdisc.Collector all = new Qdisc.Collector();
        Netlink.dump(Netlink.ROUTE, GET_QDISC, new byte[MESSAGE], message -> {
            if (message.byteSize() >= Netlink.HEADER + MESSAGE) {
                add(message, Libc.deviceName(message.get(JAVA_INT_UNALIGNED, DEVICE)), message.get(JAVA_INT_UNALIGNED, PARENT) == ROOT,
                        all);
            }
        });
        return all.byDevice();
    }

    private static void add(MemorySegment message, String device, boolean root, Qdisc.Collector all) {
        MemorySegment kind = Netlink.attribute(message, Netlink.HEADER + MESSAGE, KIND);
        MemorySegment statistics = Netlink.attribute(message, Netlink.HEADER + MESSAGE, STATISTICS);
        MemorySegment queue = statistics == null ? null : Netlink.attribute(statistics, 0, QUEUE);
        if (device != null && kind != null) {
            boolean counted = queue != null && queue.byteSize() >= OVER_LIMITS + Integer.BYTES;
            all.add(device, kind.getString(0), root, counted ? Integer.toUnsignedLong(queue.get(JAVA_INT_UNALIGNED, DROPS)) : 0,
                    counted ? Integer.toUnsignedLong(queue.get(JAVA_INT_UNALIGNED, OVER_LIMITS)) : 0);
        }
    }
}
