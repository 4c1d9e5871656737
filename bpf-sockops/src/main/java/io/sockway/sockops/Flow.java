package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * A snapshot of one local connection whose both ends are in attached cgroups.
 *
 * @param id unique among live flows: the first sequence numbers of both directions
 * @param client the end that connected
 * @param server the end that accepted
 * @param state how far it has come
 * @param reason why it is not active, or why it left last; NONE while it is active
 * @param pairedAt {@link System#nanoTime()} of the pairing
 * @param activeAt the same of the last time it became active, 0 never
 * @param left times it has left the sockhash
 * @param across whether one of its ends is in another pod; it is told of as the last pass has found it, and the other pod's end only what
 *        this one can see
 */
public record Flow(long id, Side client, Side server, FlowState state, Reason reason, long pairedAt, long activeAt, int left,
        boolean across) {
    private static final int AF_INET6 = 10;
    private static final long SIDE_BYTES = Layouts.FLOW_SIDE.byteSize();
    private static final long PAIRED_AT = Layouts.offset(Layouts.FLOW, "paired_at");

    /**
     * One end of a flow.
     *
     * @param local its own address
     * @param remote the address that it talks to; behind REDIRECT not the other end's own
     * @param netns cookie of its network namespace
     * @param cookie of its socket
     * @param inode of its socket, as in /proc/PID/fd; 0 until a pass has met it
     * @param cgroup id of its attached cgroup; 0 until a pass has met it
     * @param redirectedBytes sent by this end socket to socket
     * @param redirectedMessages how many messages these were
     * @param tcpMessages sent by this end by TCP while it was in the sockhash
     * @param tcpBytesReceived by this end over its life, as of the last pass
     * @param reason what the last pass found against this end
     * @param member whether it is in the sockhash
     * @param seen number of the last pass that met it
     */
    public record Side(Endpoint local, Endpoint remote, long netns, long cookie, long inode, long cgroup, long redirectedBytes,
            long redirectedMessages, long tcpMessages, long tcpBytesReceived, Reason reason, boolean member, long seen) {

        private static final long NETNS = Layouts.offset(Layouts.FLOW_KEY, "netns");
        private static final long LOCAL_ADDR = Layouts.offset(Layouts.FLOW_KEY, "local_addr");
        private static final long REMOTE_ADDR = Layouts.offset(Layouts.FLOW_KEY, "remote_addr");
        private static final long LOCAL_PORT = Layouts.offset(Layouts.FLOW_KEY, "local_port");
        private static final long REMOTE_PORT = Layouts.offset(Layouts.FLOW_KEY, "remote_port");
        private static final long FAMILY = Layouts.offset(Layouts.FLOW_KEY, "family");
        private static final long COOKIE = field("cookie");
        private static final long INODE = field("inode");
        private static final long CGROUP = field("cgroup");
        private static final long REDIRECTED_BYTES = field("redirected_bytes");
        private static final long REDIRECTED_MESSAGES = field("redirected_messages");
        private static final long TCP_MESSAGES = field("tcp_messages");
        private static final long TCP_BYTES_RECEIVED = field("tcp_bytes_received");
        private static final long SEEN = field("seen");
        private static final long REASON = field("reason");
        private static final long MEMBER = field("member");

        static Side read(MemorySegment side) {
            boolean ipv6 = side.get(JAVA_SHORT, FAMILY) == AF_INET6;
            return new Side(
                    endpoint(side, LOCAL_ADDR, LOCAL_PORT, ipv6), endpoint(side, REMOTE_ADDR, REMOTE_PORT, ipv6),
                    side.get(JAVA_LONG, NETNS), side.get(JAVA_LONG, COOKIE), side.get(JAVA_LONG, INODE), side.get(JAVA_LONG, CGROUP),
                    side.get(JAVA_LONG, REDIRECTED_BYTES), side.get(JAVA_LONG, REDIRECTED_MESSAGES), side.get(JAVA_LONG, TCP_MESSAGES),
                    side.get(JAVA_LONG, TCP_BYTES_RECEIVED), Reason.of(side.get(JAVA_INT, REASON)),
                    side.get(JAVA_INT, MEMBER) != 0, side.get(JAVA_LONG, SEEN));
        }

        private static Endpoint endpoint(MemorySegment side, long address, long port, boolean ipv6) {
            return Endpoint.of(side.asSlice(address, 16).toArray(JAVA_BYTE), ipv6, Short.toUnsignedInt(side.get(JAVA_SHORT, port)));
        }

        private static long field(String name) {
            return Layouts.offset(Layouts.FLOW_SIDE, name);
        }
    }

    static Flow read(long id, MemorySegment flow) {
        return new Flow(id, Side.read(flow.asSlice(0, SIDE_BYTES)), Side.read(flow.asSlice(SIDE_BYTES, SIDE_BYTES)),
                FlowTotals.state(flow), Reason.of(flow.get(JAVA_INT, Layouts.offset(Layouts.FLOW, "reason"))),
                pairedAt(flow),
                flow.get(JAVA_LONG, Layouts.offset(Layouts.FLOW, "active_at")),
                flow.get(JAVA_INT, Layouts.offset(Layouts.FLOW, "left")), flow.get(JAVA_INT, Layouts.offset(Layouts.FLOW, "own")) != 0);
    }

    /** Whose programs serve an end, where pods share the flow. */
    static long pod(MemorySegment flow, int side) {
        return flow.get(JAVA_LONG, side * SIDE_BYTES + Layouts.offset(Layouts.FLOW_SIDE, "pod"));
    }

    /** When a pass of either pod last met a flow that pods share, as {@link System#nanoTime()}. */
    static long lastSeen(MemorySegment flow) {
        return Math.max(pairedAt(flow), Math.max(flow.get(JAVA_LONG, Side.SEEN), flow.get(JAVA_LONG, SIDE_BYTES + Side.SEEN)));
    }

    /** When it was paired, in nanoseconds of the monotonic clock. */
    static long pairedAt(MemorySegment flow) {
        return flow.get(JAVA_LONG, PAIRED_AT);
    }

    /** Whether this pass or a later one has met one of its sockets. */
    static boolean wasSeenSince(MemorySegment flow, long pass) {
        return flow.get(JAVA_LONG, Side.SEEN) >= pass || flow.get(JAVA_LONG, SIDE_BYTES + Side.SEEN) >= pass;
    }

    /** Whether the ends are in two network namespaces, as between two pods. */
    public boolean crossesNamespaces() {
        return client.netns != server.netns;
    }

    /** Bytes both ways that went socket to socket. */
    public long redirectedBytes() {
        return client.redirectedBytes + server.redirectedBytes;
    }

    /** Bytes both ways that went by TCP, as of the last pass. */
    public long tcpBytes() {
        return client.tcpBytesReceived + server.tcpBytesReceived;
    }

    /** Why it is not redirected: what holds an end back now, or else what ended it last; NONE while it is active. */
    public Reason why() {
        return FlowTotals.why(state, reason, client.reason, server.reason);
    }

    /** Whether this pass or a later one has met one of its sockets; those of flows that were adopted end without a word. */
    boolean wasSeenSince(long pass) {
        return client.seen >= pass || server.seen >= pass;
    }

    /** Whether an end is in the sockhash. */
    public boolean hasMember() {
        return client.member || server.member;
    }
}
