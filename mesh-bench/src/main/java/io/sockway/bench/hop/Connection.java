package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** One end of a connection, non-blocking, read by epoll. Owns the socket and the epoll descriptor. */
final class Connection implements AutoCloseable {
    /** How long an end waits for the other before it calls the connection stalled. */
    private static final int STALL_MILLIS = 10_000;

    /** Offsets in struct tcp_info of linux/tcp.h. */
    private static final int BYTES_ACKED = 120;
    private static final int BYTES_RECEIVED = 128;
    private static final int INFO_BYTES = 136;

    private static final int UNIX_ADDRESS_BYTES = 110;
    private static final int INET_ADDRESS_BYTES = 16;
    private static final int INET6_ADDRESS_BYTES = 28;
    private static final int ADDRESS_OFFSET = 4;
    private static final int ADDRESS6_OFFSET = 8;
    private static final int BACKLOG = 64;

    /** A whole struct epoll_event, whose length depends on the architecture. */
    private static final int EVENT_BYTES = 16;
    private static final MemorySegment EVENT = Arena.global().allocate(EVENT_BYTES, Long.BYTES);
    private static final MemorySegment ON = Arena.global().allocateFrom(JAVA_INT, 1);

    private final int socket;
    private final int epoll;
    private final boolean tcp;
    private int interest;

    private Connection(int socket, int domain) {
        this.socket = socket;
        this.tcp = domain != Libc.AF_UNIX;
        this.epoll = Libc.epoll();
        if (tcp) {
            Libc.setOption(socket, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, ON);
        }
        watch(Libc.EPOLL_CTL_ADD, Libc.EPOLLIN);
    }

    /** A listening socket; the caller closes it. What is at the path of a Unix socket is replaced. */
    static int listen(Assignment assignment) {
        if (assignment.domain() == Libc.AF_UNIX) {
            remove(Path.of(assignment.target()));
        }
        int listener = Libc.socket(assignment.domain(), Libc.SOCK_STREAM);
        Libc.setOption(listener, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, ON);
        try (Arena arena = Arena.ofConfined()) {
            Libc.bind(listener, assignment.domain() == Libc.AF_UNIX
                    ? unixAddress(arena, assignment.target())
                    : internetAddress(arena, assignment.domain(), new byte[0], assignment.listenPort()));
        }
        Libc.listen(listener, BACKLOG);
        return listener;
    }

    static Connection accept(int listener, Assignment assignment) {
        return new Connection(Libc.accept(listener), assignment.domain());
    }

    static Connection open(int domain, MemorySegment target) {
        int socket = Libc.socket(domain, Libc.SOCK_STREAM);
        Libc.connect(socket, target);
        Libc.doNotBlock(socket);
        return new Connection(socket, domain);
    }

    /** The address that the client connects to; {@code arena} owns it. */
    static MemorySegment target(Arena arena, Assignment assignment) {
        try {
            return assignment.domain() == Libc.AF_UNIX
                    ? unixAddress(arena, assignment.target())
                    : internetAddress(arena, assignment.domain(), InetAddress.getByName(assignment.target()).getAddress(),
                            assignment.targetPort());
        } catch (UnknownHostException e) {
            throw new HopException("not a numeric address: " + assignment.target(), e);
        }
    }

    /** How many bytes were taken, or 0 if there is no room. */
    long send(long address, long length) {
        long sent = Libc.send(socket, address, length);
        if (sent < 0) {
            if (Libc.errno() != Libc.EAGAIN) {
                throw Libc.failure("send");
            }
            return 0;
        }
        return sent;
    }

    /** Sends everything, waiting for room as long as it takes. */
    void sendAll(long address, long length) {
        long sent = send(address, length);
        while (sent < length) {
            awaitWritable();
            sent += send(address + sent, length - sent);
        }
    }

    /** How many bytes came, -1 at the end of the stream, or 0 if there is nothing yet. */
    long receive(MemorySegment buffer) {
        long received = Libc.receive(socket, buffer.address(), buffer.byteSize());
        if (received < 0) {
            if (Libc.errno() != Libc.EAGAIN) {
                throw Libc.failure("recv");
            }
            return 0;
        }
        return received == 0 ? -1 : received;
    }

    void awaitReadable() {
        await(Libc.EPOLLIN);
    }

    void awaitWritable() {
        await(Libc.EPOLLOUT);
    }

    void awaitEither() {
        await(Libc.EPOLLIN | Libc.EPOLLOUT);
    }

    /** Sends the end of the stream. */
    void finish() {
        Libc.shutdown(socket, Libc.SHUT_WR);
    }

    /** Bytes that TCP carried so far in both directions: those acknowledged and those received; 0 for a Unix socket. */
    long tcpBytes() {
        if (!tcp) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES);
            Libc.option(socket, Libc.IPPROTO_TCP, Libc.TCP_INFO, info, arena.allocateFrom(JAVA_INT, INFO_BYTES));
            return info.get(JAVA_LONG_UNALIGNED, BYTES_ACKED) + info.get(JAVA_LONG_UNALIGNED, BYTES_RECEIVED);
        }
    }

    @Override
    public void close() {
        Libc.close(epoll);
        Libc.close(socket);
    }

    private void await(int events) {
        if (interest != events) {
            watch(Libc.EPOLL_CTL_MOD, events);
        }
        int ready = Libc.epollWait(epoll, EVENT.address(), STALL_MILLIS);
        if (ready == 0) {
            throw new HopException("nothing happened for %d s: the connection stalled".formatted(STALL_MILLIS / 1000));
        }
        if (ready < 0 && Libc.errno() != Libc.EINTR) {
            throw Libc.failure("epoll_wait");
        }
    }

    private void watch(int operation, int events) {
        EVENT.set(JAVA_INT, 0, events);
        Libc.epollControl(epoll, operation, socket, EVENT);
        interest = events;
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new HopException("cannot remove " + path, e);
        }
    }

    private static MemorySegment unixAddress(Arena arena, String path) {
        MemorySegment address = arena.allocate(UNIX_ADDRESS_BYTES);
        address.set(JAVA_SHORT, 0, (short) Libc.AF_UNIX);
        address.setString(Short.BYTES, path, StandardCharsets.UTF_8);
        return address;
    }

    /** Without {@code bytes} it is the wildcard; four bytes in an AF_INET6 address are mapped. */
    private static MemorySegment internetAddress(Arena arena, int domain, byte[] bytes, int port) {
        MemorySegment address = arena.allocate(domain == Libc.AF_INET ? INET_ADDRESS_BYTES : INET6_ADDRESS_BYTES, Integer.BYTES);
        address.set(JAVA_SHORT, 0, (short) domain);
        address.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), Short.BYTES, (short) port);
        int offset = domain == Libc.AF_INET ? ADDRESS_OFFSET : ADDRESS6_OFFSET;
        if (domain == Libc.AF_INET6 && bytes.length == Integer.BYTES) {
            address.set(JAVA_SHORT, offset + 10L, (short) -1);
            offset += 12;
        }
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, offset, bytes.length);
        return address;
    }
}
