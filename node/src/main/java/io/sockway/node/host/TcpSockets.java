package io.sockway.node.host;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The TCP sockets of this network namespace, boiled down while reading: there may be hundreds of thousands.
 *
 * @param listeners the listening sockets
 * @param localPorts how many local ports are used by source address and destination, for connections that this side opened
 */
public record TcpSockets(List<Listener> listeners, Map<Route, Integer> localPorts) {
    private static final int LISTEN = 0x0a;
    private static final Pattern ADDRESS = Pattern.compile("(\\p{XDigit}{8}|\\p{XDigit}{32}):\\p{XDigit}{4}");
    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int STATE = 3;
    private static final int QUEUES = 4;
    private static final int INODE = 9;

    /**
     * A listening socket.
     *
     * @param waiting connections that are established and not accepted yet
     */
    public record Listener(String address, int port, int waiting, long inode) {
    }

    /** Where connections go from where, in the kernel's spelling; a new one of these needs a free local port. */
    public record Route(String source, String destination) {
        /** The destination as people write it. */
        public String target() {
            int colon = destination.indexOf(':');
            return address(destination.substring(0, colon)) + ":" + Integer.parseInt(destination.substring(colon + 1), 16);
        }
    }

    /**
     * Reads them all.
     *
     * @param firstPort lower end of the range of local ports
     * @param lastPort upper end, inclusive
     */
    public static TcpSockets read(Host host, int firstPort, int lastPort) {
        List<Listener> listeners = new ArrayList<>();
        Map<Route, Integer> ports = new HashMap<>();
        for (String file : List.of("proc/net/tcp", "proc/net/tcp6")) {
            try (Stream<String> lines = host.lines(file)) {
                lines.skip(1).forEach(line -> add(line.strip().split("\\s+"), listeners, ports, firstPort, lastPort));
            }
        }
        return new TcpSockets(List.copyOf(listeners), Map.copyOf(ports));
    }

    /** The listening sockets alone, which the kernel tells of first. */
    public static List<Listener> listeners(Host host) {
        List<Listener> listeners = new ArrayList<>();
        for (String file : List.of("proc/net/tcp", "proc/net/tcp6")) {
            try (Stream<String> lines = host.lines(file)) {
                lines.skip(1).map(line -> line.strip().split("\\s+")).takeWhile(words -> words.length > INODE && words[STATE].equals("0A"))
                        .forEach(words -> add(words, listeners, new HashMap<>(), 0, -1));
            }
        }
        return listeners;
    }

    private static void add(String[] words, List<Listener> listeners, Map<Route, Integer> ports, int first, int last) {
        if (words.length <= INODE || !ADDRESS.matcher(words[LOCAL]).matches() || !ADDRESS.matcher(words[REMOTE]).matches()
                || !words[STATE].matches("\\p{XDigit}{2}")) {
            return;
        }
        int colon = words[LOCAL].indexOf(':');
        int port = Integer.parseInt(words[LOCAL].substring(colon + 1), 16);
        if (Integer.parseInt(words[STATE], 16) == LISTEN) {
            int waiting = (int) Numbers.parse(words[QUEUES].substring(words[QUEUES].indexOf(':') + 1), 16).orElse(0);
            listeners.add(new Listener(address(words[LOCAL].substring(0, colon)), port, waiting, Numbers.decimal(words[INODE])));
        } else if (port >= first && port <= last) {
            ports.merge(new Route(words[LOCAL].substring(0, colon), words[REMOTE]), 1, Integer::sum);
        }
    }

    /** Words of 32 bits in the machine's order, which is little-endian on all that Sockway supports. */
    private static String address(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i & ~3 | 3 - (i & 3)] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            return address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
        } catch (UnknownHostException e) {
            return hex;
        }
    }
}
