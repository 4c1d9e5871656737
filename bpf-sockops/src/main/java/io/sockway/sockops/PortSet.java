package io.sockway.sockops;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/** A set of TCP ports, written as {@code 80,8000-8100}. Immutable. */
public final class PortSet {
    /** No port. */
    public static final PortSet NONE = new PortSet(new BitSet());

    private static final int MAX = 65535;

    private final BitSet ports;

    private PortSet(BitSet ports) {
        this.ports = ports;
    }

    /**
     * Reads a list of ports and ranges.
     *
     * @throws IllegalArgumentException naming the part that is wrong
     */
    public static PortSet parse(String text) {
        BitSet ports = new BitSet();
        for (String part : text.split(",", -1)) {
            String range = part.strip();
            int dash = range.indexOf('-');
            int from = port(dash < 0 ? range : range.substring(0, dash), range);
            int to = dash < 0 ? from : port(range.substring(dash + 1), range);
            if (to < from) {
                throw new IllegalArgumentException("'" + range + "' ends before it starts");
            }
            ports.set(from, to + 1);
        }
        return new PortSet(ports);
    }

    private static int port(String text, String range) {
        try {
            int port = Integer.parseInt(text.strip());
            if (port >= 1 && port <= MAX) {
                return port;
            }
        } catch (NumberFormatException e) {
            // answered below
        }
        throw new IllegalArgumentException("'" + range + "' is not a port from 1 to " + MAX + " or a range like 8000-8100");
    }

    /** Whether it has no port. */
    public boolean isEmpty() {
        return ports.isEmpty();
    }

    /** Whether it has the port. */
    public boolean contains(int port) {
        return ports.get(port);
    }

    /** As bits, 64 ports a word, the lowest first. */
    long[] words() {
        return Arrays.copyOf(ports.toLongArray(), Layouts.PORT_WORDS);
    }

    static PortSet of(long[] words) {
        return new PortSet(BitSet.valueOf(words));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortSet set && ports.equals(set.ports);
    }

    @Override
    public int hashCode() {
        return Objects.hash(ports);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int from = ports.nextSetBit(0); from >= 0; from = ports.nextSetBit(ports.nextClearBit(from))) {
            int to = ports.nextClearBit(from) - 1;
            text.append(text.isEmpty() ? "" : ",").append(from).append(to > from ? "-" + to : "");
        }
        return text.toString();
    }
}
