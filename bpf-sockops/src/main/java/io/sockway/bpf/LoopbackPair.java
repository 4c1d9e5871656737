package io.sockway.bpf;

import static io.sockway.bpf.NativeCall.Returns.INT;
import static io.sockway.bpf.NativeCall.Returns.LONG;
import static io.sockway.bpf.NativeCall.pointerTo;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A TCP connection of this process with itself over loopback, by file descriptors, to try a kernel's behaviour on. */
public final class LoopbackPair implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int FIONREAD = 0x541B;
    private static final int SOCKADDR_IN = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SO_MEMINFO = 55;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    /** Offset of tcpi_bytes_received in struct tcp_info, linux/tcp.h. */
    private static final int TCPI_BYTES_RECEIVED = 128;
    private static final int OPTION_BYTES = 512;

    private final FileDescriptor client;
    private final FileDescriptor server;

    private static final class Calls {
        static final NativeCall SOCKET = NativeCall.libc("socket", INT);
        static final NativeCall BIND = NativeCall.libc("bind", INT);
        static final NativeCall LISTEN = NativeCall.libc("listen", INT);
        static final NativeCall GETSOCKNAME = NativeCall.libc("getsockname", INT);
        static final NativeCall CONNECT = NativeCall.libc("connect", INT);
        static final NativeCall ACCEPT = NativeCall.libc("accept4", INT);
        static final NativeCall SEND = NativeCall.libc("send", LONG);
        static final NativeCall IOCTL = NativeCall.libc("ioctl", INT);
        static final NativeCall GETSOCKOPT = NativeCall.libc("getsockopt", INT);
    }

    private LoopbackPair(FileDescriptor client, FileDescriptor server) {
        this.client = client;
        this.server = server;
    }

    /**
     * Connects 127.0.0.1 with itself.
     *
     * @throws BpfException when loopback is down, among others
     */
    public static LoopbackPair connect() {
        try (Arena arena = Arena.ofConfined(); FileDescriptor listener = socket()) {
            MemorySegment address = arena.allocate(SOCKADDR_IN, 8);
            address.set(JAVA_SHORT, 0, (short) AF_INET);
            address.set(ValueLayout.JAVA_BYTE, 4, (byte) 127);
            address.set(ValueLayout.JAVA_BYTE, 7, (byte) 1);
            check("bind", Calls.BIND.apply(listener.value(), address.address(), SOCKADDR_IN));
            check("listen", Calls.LISTEN.apply(listener.value(), 1));
            check("getsockname", Calls.GETSOCKNAME.apply(listener.value(), address.address(),
                    pointerTo(arena, SOCKADDR_IN)));
            FileDescriptor client = socket();
            try {
                check("connect", Calls.CONNECT.apply(client.value(), address.address(), SOCKADDR_IN));
                return new LoopbackPair(client, new FileDescriptor((int) check("accept",
                        Calls.ACCEPT.apply(listener.value(), 0, 0, SOCK_CLOEXEC))));
            } catch (BpfException e) {
                client.close();
                throw e;
            }
        }
    }

    private static FileDescriptor socket() {
        return new FileDescriptor((int) check("socket", Calls.SOCKET.apply(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    }

    private static long check(String call, long result) {
        if (result < 0) {
            throw new BpfException(call, "on loopback", (int) -result);
        }
        return result;
    }

    /** Puts the connecting end into a sockhash. */
    public void insertClient(BpfMap sockhash, MemorySegment key) {
        insert(sockhash, key, client);
    }

    /** Puts the accepting end into a sockhash. */
    public void insertServer(BpfMap sockhash, MemorySegment key) {
        insert(sockhash, key, server);
    }

    private static void insert(BpfMap sockhash, MemorySegment key, FileDescriptor socket) {
        try (Arena arena = Arena.ofConfined()) {
            sockhash.update(key, arena.allocateFrom(JAVA_LONG, socket.value()));
        }
    }

    /** Sends from the connecting end. */
    public void send(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            check("send", Calls.SEND.apply(client.value(), arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes).address(), bytes.length, 0));
        }
    }

    /** Waits until the accepting end is readable; false after the timeout. */
    public boolean awaitReadable(int millis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(8, 8);
            poll.set(JAVA_INT, 0, server.value());
            poll.set(JAVA_SHORT, 4, (short) Libc.POLLIN);
            return check("poll", Libc.poll(poll, 1, millis)) == 1;
        }
    }

    /** How many bytes the accepting end has to read, as FIONREAD tells. */
    public int readable() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment n = arena.allocate(JAVA_INT);
            check("FIONREAD", Calls.IOCTL.apply(server.value(), FIONREAD, n.address()));
            return n.get(JAVA_INT, 0);
        }
    }

    /** Bytes of receive memory that the accepting end is charged with. */
    public int chargedBytes() {
        return (int) option(SOL_SOCKET, SO_MEMINFO, 0, JAVA_INT.byteSize());
    }

    /** Bytes that TCP has delivered to the accepting end. */
    public long bytesReceivedByTcp() {
        return option(IPPROTO_TCP, TCP_INFO, TCPI_BYTES_RECEIVED, JAVA_LONG.byteSize());
    }

    private long option(int level, int name, long offset, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(OPTION_BYTES, 8);
            check("getsockopt", Calls.GETSOCKOPT.apply(server.value(), level, name, value.address(), pointerTo(arena, OPTION_BYTES)));
            return size == JAVA_LONG.byteSize() ? value.get(JAVA_LONG, offset) : value.get(JAVA_INT, offset);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
