package io.sockway.node.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The TCP sockets of this network namespace, boiled down while reading: there may be hundreds of thousands.
 *
 * @param listeners the listening sockets
 * @param localPorts how many local ports are used by source address and destination, for connections that this side opened
 */
public record TcpSockets(List<Listener> listeners, Map<Route, Integer> localPorts) {
    private static final int LISTEN = 0x0a;
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

    private static void add(String[] words, List<Listener> listeners, Map<Route, Integer> ports, int first, int last) {
        if (words.length <= INODE) {
            return;
        }
        int colon = words[LOCAL].indexOf(':');
        int port = Integer.parseInt(words[LOCAL].substring(colon + 1), 16);
        if (Integer.parseInt(words[STATE], 16) == LISTEN) {
            int waiting = (int) Long.parseLong(words[QUEUES].substring(words[QUEUES].indexOf(':') + 1), 16);
            listeners.add(new Listener(address(words[LOCAL].substring(0, colon)), port, waiting, Long.parseLong(words[INODE])));
        } else if (port >= first && port <= last) {
            ports.merge(new Route(words[LOCAL].substring(0, colon), words[REMOTE]), 1, Integer::sum);
        }
    }

    private static String address(String hex) {
        if (hex.length() == 8) {
            return quad(hex);
        }
        if (hex.startsWith("0000000000000000FFFF0000")) {
            return quad(hex.substring(24));
        }
        StringBuilder text = new StringBuilder("[");
        for (int word = 0; word < 4; word++) {
            String part = hex.substring(word * 8, word * 8 + 8);
            text.append(word == 0 ? "" : ":").append(part, 6, 8).append(part, 4, 6).append(':').append(part, 2, 4).append(part, 0, 2);
        }
        return text.append(']').toString().replaceAll("\\b0{1,3}(?=[0-9a-fA-F])", "").replaceFirst("(^\\[|:)0(:0)+(:|]$)", "$1:$3")
                .replace(":::", "::");
    }

    private static String quad(String hex) {
        return Integer.parseInt(hex.substring(6, 8), 16) + "." + Integer.parseInt(hex.substring(4, 6), 16) + "."
                + Integer.parseInt(hex.substring(2, 4), 16) + "." + Integer.parseInt(hex.substring(0, 2), 16);
    }
}
