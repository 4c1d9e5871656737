package io.sockway.node.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What established connections of this network namespace may send at once.
 *
 * @param connections how many there are
 * @param paused how many of them have not sent for longer than their retransmission timeout, have a congestion window above the
 *     initial one and a round trip that is felt: these lose the window when they send again
 */
public record Windows(int connections, int paused) {
    /** What a connection begins with (RFC 6928): with no more than that there is nothing to lose. */
    private static final int INITIAL = 10;
    private static final int LEAST_RTT_MICROS = 200;
    private static final Pattern FIGURE = Pattern.compile(" (rto|rtt|cwnd|lastsnd|unacked):([\\d.]+)");

    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int REQUEST_BYTES = 56;
    private static final byte TCP = 6;
    private static final int[] FAMILIES = {2, 10};
    private static final int INFO = 2;
    private static final int CONTROL = 4;
    private static final int ESTABLISHED = 1;
    private static final int MESSAGE = 72;
    private static final int RTO_MICROS = 8;
    private static final int UNACKNOWLEDGED = 24;
    private static final int LAST_SENT_MILLIS = 44;
    private static final int RTT_MICROS = 68;
    private static final int WINDOW = 80;

    /**
     * Asks the kernel, by {@code sock_diag} as {@code ss -ti} does.
     *
     * <pre>
     *   request: family 1 | protocol 1 | extensions 1 | pad 1 | states 4 | id 48
     * </pre>
     *
     * @see <a href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>
     */
    static Windows read() {
        int[] counts = new int[2];
        for (int family : FAMILIES) {
            byte[] request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder()).put((byte) family).put(TCP)
                    .put((byte) (1 << INFO - 1 | 1 << CONTROL - 1)).put((byte) 0).putInt(1 << ESTABLISHED).array();
            Netlink.dump(Netlink.SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request, message -> {
                MemorySegment info = Netlink.attribute(message, Netlink.HEADER + MESSAGE, INFO);
                if (info != null && info.byteSize() >= WINDOW + Integer.BYTES) {
                    counts[0]++;
                    counts[1] += loses(control(message), info.get(JAVA_INT_UNALIGNED, RTO_MICROS) / 1000.0,
                            info.get(JAVA_INT_UNALIGNED, RTT_MICROS) / 1000.0, info.get(JAVA_INT_UNALIGNED, WINDOW),
                            info.get(JAVA_INT_UNALIGNED, LAST_SENT_MILLIS), info.get(JAVA_INT_UNALIGNED, UNACKNOWLEDGED)) ? 1 : 0;
                }
            });
        }
        return new Windows(counts[0], counts[1]);
    }

    private static String control(MemorySegment message) {
        MemorySegment name = Netlink.attribute(message, Netlink.HEADER + MESSAGE, CONTROL);
        return name == null || name.byteSize() == 0 || name.get(JAVA_BYTE, name.byteSize() - 1) != 0 ? "" : name.getString(0);
    }

    /** BBR has a mind of its own. */
    private static boolean loses(String control, double rtoMillis, double rttMillis, double window,
            double lastSentMillis, double unacknowledged) {
        return !control.startsWith("bbr") && unacknowledged == 0 && window > INITIAL && rttMillis * 1000 >= LEAST_RTT_MICROS
                && lastSentMillis > rtoMillis;
    }

    /** Reads the output of {@code ss -tinHO state established}. */
    static Windows parse(String text) {
        int connections = 0;
        int paused = 0;
        for (String line : text.lines().filter(line -> line.contains(" cwnd:")).toList()) {
            Map<String, Double> figures = new HashMap<>();
            Matcher figure = FIGURE.matcher(line);
            while (figure.find()) {
                figures.put(figure.group(1), decimal(figure.group(2)));
            }
            connections++;
            paused += loses(line.contains(" bbr ") ? "bbr" : "", figures.getOrDefault("rto", 0.0), figures.getOrDefault("rtt", 0.0),
                    figures.getOrDefault("cwnd", 0.0), figures.getOrDefault("lastsnd", 0.0), figures.getOrDefault("unacked", 0.0)) ? 1 : 0;
        }
        return new Windows(connections, paused);
    }

    private static double decimal(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
