package io.sockway.xds.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A way to do network I/O that may not work on this machine. Its classes are loaded when they are asked for. Stateless. */
public interface Transport {

    /** Fewest system calls. */
    Transport IO_URING = new UringTransport();

    /** Works on every Linux. */
    Transport EPOLL = new EpollTransport();

    /** The JDK's own, without a native library. */
    Transport NIO = new NioTransport();

    /** Best first. The last one works everywhere. */
    List<Transport> PREFERRED = List.of(IO_URING, EPOLL, NIO);

    /** For injected pods, where runtimes' default seccomp profile forbids io_uring, and where the megabyte counts that it takes. */
    List<Transport> IN_PODS = List.of(EPOLL, NIO);

    /** The one with this {@link #label}, in capitals or not. */
    static Optional<Transport> named(String label) {
        return PREFERRED.stream().filter(transport -> transport.label().equalsIgnoreCase(label)).findFirst();
    }

    /** The name that people know it by. */
    String label();

    /** Event loops; an exception or a linkage error says why there are none. */
    EventLoopGroup open(Loops loops);

    /** What connects over TCP. */
    Class<? extends SocketChannel> channel();

    /** What listens on TCP. */
    Class<? extends ServerSocketChannel> serverChannel();

    /** What listens on a Unix socket. */
    Class<? extends ServerChannel> unixServerChannel();

    /** A Unix socket's address as it takes it. */
    SocketAddress unixAddress(Path path);
}
