package io.sockway.xds.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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

    /** io_uring. */
    final class UringTransport implements Transport {
        private UringTransport() {
        }

        @Override
        public String label() {
            return "io_uring";
        }

        @Override
        public EventLoopGroup open(Loops loops) {
            IoUring.ensureAvailability();
            return group(loops, IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(loops.ringEntries())));
        }

        @Override
        public Class<? extends SocketChannel> channel() {
            return IoUringSocketChannel.class;
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return IoUringServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServerChannel() {
            return IoUringServerDomainSocketChannel.class;
        }

        @Override
        public SocketAddress unixAddress(Path path) {
            return new DomainSocketAddress(path.toFile());
        }

        @Override
        public String toString() {
            return label();
        }
    }

    /** epoll. */
    final class EpollTransport implements Transport {
        private EpollTransport() {
        }

        @Override
        public String label() {
            return "epoll";
        }

        @Override
        public EventLoopGroup open(Loops loops) {
            Epoll.ensureAvailability();
            return group(loops, EpollIoHandler.newFactory());
        }

        @Override
        public Class<? extends SocketChannel> channel() {
            return EpollSocketChannel.class;
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return EpollServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServerChannel() {
            return EpollServerDomainSocketChannel.class;
        }

        @Override
        public SocketAddress unixAddress(Path path) {
            return new DomainSocketAddress(path.toFile());
        }

        @Override
        public String toString() {
            return label();
        }
    }

    /** NIO. */
    final class NioTransport implements Transport {
        private NioTransport() {
        }

        @Override
        public String label() {
            return "NIO";
        }

        @Override
        public EventLoopGroup open(Loops loops) {
            return group(loops, NioIoHandler.newFactory());
        }

        @Override
        public Class<? extends SocketChannel> channel() {
            return NioSocketChannel.class;
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return NioServerSocketChannel.class;
        }

        @Override
        public Class<? extends ServerChannel> unixServerChannel() {
            return NioServerDomainSocketChannel.class;
        }

        @Override
        public SocketAddress unixAddress(Path path) {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return label();
        }
    }

    private static EventLoopGroup group(Loops loops, IoHandlerFactory handlers) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops.count(), loops.threads(), handlers);
        // An event loop that has no deadline at all wakes every second to look for one.
        group.forEach(loop -> loop.scheduleWithFixedDelay(() -> { }, 1, 1, TimeUnit.DAYS));
        return group;
    }
}
