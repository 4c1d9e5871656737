package io.sockway.sockops;

import java.util.Locale;

/** Why a message passed to TCP, why a flow is not enrolled, or why it left. Mirrors {@code enum reason} of layout.h. */
public enum Reason {
    /** No reason: it is redirected. */
    NONE("redirected"),
    /** Of a message: the other end is not known here. */
    UNPAIRED("the other end is not in an attached cgroup"),
    /** Of a message: one end is not in the sockhash yet, or is leaving it. */
    NOT_ACTIVE("an end is not enrolled yet, or is leaving"),
    /** Paused. */
    PAUSED("paused"),
    /** Of a message: it would have been redirected. */
    OBSERVED("observe mode: would have been redirected"),
    /** Of a message: redirecting it would overtake bytes that went by TCP. */
    UNREAD_TCP("the reader has not read all that went by TCP"),
    /** Of a message: the receive buffer is full. */
    NO_ROOM("the reader's receive buffer is full"),
    /** Of a message: the kernel is short of memory for TCP, in all or for the reader's cgroup. */
    MEMORY("the kernel is short of memory for TCP"),
    /** Of a message: one of many without an answer, which TCP coalesces better. */
    BURST("back-to-back messages without an answer"),
    /** Of a message: the other socket is closing. */
    PEER_GONE("the other end is closing or closed"),
    /** Of a message: after a shutdown. */
    SHUTDOWN("after a shutdown"),
    /** Of a message: by TCP now and then, for connection tracking. */
    CONNTRACK("keeps connection tracking alive"),
    /** Of a message: the sockhash has no such socket any more. */
    NOT_MEMBER("the other end has left the sockhash"),
    /** Of a flow: too few request/response turns so far. */
    TURNS("few request/response turns so far"),
    /** Of a flow: moves far more bytes than turns. */
    STREAM("a stream"),
    /** Of a flow: an end reads in blocking mode. */
    BLOCKING("an end reads in blocking mode"),
    /** Of a flow: no process holds the socket. */
    NOT_ACCEPTED("not accepted by a process yet"),
    /** Of a flow: SO_RCVLOWAT. */
    RCVLOWAT("SO_RCVLOWAT is set"),
    /** Of a flow: SO_PEEK_OFF. */
    PEEK_OFF("SO_PEEK_OFF is set"),
    /** Of a flow: SO_ZEROCOPY. */
    ZEROCOPY("SO_ZEROCOPY is set"),
    /** Of a flow: receive timestamps. */
    TIMESTAMPS("timestamps are asked for"),
    /** Of a flow: TCP_INQ. */
    INQ("TCP_INQ is set"),
    /** Of a flow: urgent data, or a process that waits for it. */
    URGENT("urgent data, or a process that waits for it"),
    /** Of a flow: kTLS or another upper layer protocol. */
    ULP("kTLS or another upper layer protocol"),
    /** Of a flow: MPTCP. */
    MPTCP("MPTCP"),
    /** Of a flow: TCP_REPAIR. */
    REPAIR("TCP_REPAIR"),
    /** Of a flow: the socket is in another sockmap. */
    OTHER_SOCKMAP("another accelerator holds the socket"),
    /** Of a flow: by port or executable. */
    EXCLUDED("excluded by port or executable"),
    /** Of a flow: ends in two network namespaces. */
    OTHER_NETNS("ends in two network namespaces or pods, without same-node at both"),
    /** Of a flow: bytes are queued at this moment. */
    QUEUED("bytes are queued at the moment"),
    /** Of a flow: no room in the maps. */
    MAP_FULL("--max-flows is reached"),
    /** Of a flow: left a short while ago. */
    HELD_OFF("left a short while ago"),
    /** Of a flow: the other end cannot be enrolled. */
    PEER_UNFIT("the other end cannot be enrolled"),
    /** Of a flow: its cgroup is being detached. */
    DETACHED("its cgroup is being detached"),
    /** Of a flow: splice would not see redirected bytes. */
    SPLICE("an end is read by splice, or may be"),
    /** Of a flow: a probe failed at load, or the kernel does not hold the socket as enrolment needs it. */
    KERNEL("this kernel was found not to offer what is needed"),
    /** Of a flow: FIONREAD would not see redirected bytes on this kernel. */
    FIONREAD("an end is asked for FIONREAD, which misses redirected bytes on this kernel"),
    /** Of a message and of a flow: HTTP CONNECT or 101, after which a relay may go on by splice. */
    TUNNEL("a tunnel was opened, or the protocol switched, a short while ago"),
    /** Of a flow: sendmmsg on a member goes on after a message that was cut short. */
    SENDMMSG("an end sends by sendmmsg, which may lose bytes of a message that is cut short"),
    /** Of a process: it closes with redirected bytes unread. */
    UNREAD_CLOSE("closes with bytes unread, so the other end sees a clean end, not a reset"),
    /** Of a process: it has an io_uring. */
    IO_URING("has an io_uring: SEND_ZC, if it is used, fails on its redirected connections");

    private static final Reason[] ALL = values();

    private final String text;

    Reason(String text) {
        this.text = text;
    }

    static Reason of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : NONE;
    }

    /** The name as metrics and JSON have it, for example {@code unread-tcp}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A clause for people. */
    public String text() {
        return text;
    }
}
