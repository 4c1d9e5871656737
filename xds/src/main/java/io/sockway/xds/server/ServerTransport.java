package io.sockway.xds.server;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** A way to do network I/O that may not work on this machine. */
enum ServerTransport {
    /** Fewest system calls. The kernel accounts the ring as locked memory, so it is no larger than thousands of quiet streams need. */
    IO_URING("io_uring", IoUring::ensureAvailability,
            () -> IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(256)),
            IoUringServerSocketChannel.class, IoUringServerDomainSocketChannel.class, path -> new DomainSocketAddress(path.toFile())),
    EPOLL("epoll", Epoll::ensureAvailability, EpollIoHandler::newFactory,
            EpollServerSocketChannel.class, EpollServerDomainSocketChannel.class, path -> new DomainSocketAddress(path.toFile())),
    /** The JDK's own, which works everywhere. */
    NIO("NIO", () -> {
    }, NioIoHandler::newFactory, NioServerSocketChannel.class, NioServerDomainSocketChannel.class, UnixDomainSocketAddress::of);

    static final List<ServerTransport> PREFERRED = List.of(IO_URING, EPOLL, NIO);

    private final String label;
    private final Runnable requirement;
    private final Supplier<IoHandlerFactory> handlers;
    private final Class<? extends ServerChannel> tcp;
    private final Class<? extends ServerChannel> unix;
    private final Function<Path, SocketAddress> unixAddress;

    ServerTransport(String label, Runnable requirement, Supplier<IoHandlerFactory> handlers, Class<? extends ServerChannel> tcp,
            Class<? extends ServerChannel> unix, Function<Path, SocketAddress> unixAddress) {
        this.label = label;
        this.requirement = requirement;
        this.handlers = handlers;
        this.tcp = tcp;
        this.unix = unix;
        this.unixAddress = unixAddress;
    }

    /**
     * An event loop group that runs.
     *
     * @param group which the holder shuts down
     * @param transport its kind
     * @param description its name, and why better ones were not taken
     */
    record Open(EventLoopGroup group, ServerTransport transport, String description) {

        /** Opens the first that works; where none does, fails like the last one. */
        static Open firstOf(List<ServerTransport> transports, int threads) {
            StringBuilder skipped = new StringBuilder();
            for (ServerTransport transport : transports) {
                try {
                    transport.requirement.run();
                    EventLoopGroup group = new MultiThreadIoEventLoopGroup(threads,
                            Thread.ofPlatform().name("sockway-xds-", 0).daemon().factory(), transport.handlers.get());
                    return new Open(group, transport, transport.label + skipped + (skipped.isEmpty() ? "" : ")"));
                } catch (RuntimeException | LinkageError e) {
                    if (transport == transports.getLast()) {
                        throw e;
                    }
                    skipped.append(skipped.isEmpty() ? " (" : "; ").append("no ").append(transport.label).append(": ").append(cause(e));
                }
            }
            throw new IllegalArgumentException("no transports");
        }

        private static String cause(Throwable failure) {
            Throwable deepest = failure;
            while (deepest.getCause() != null) {
                deepest = deepest.getCause();
            }
            return String.valueOf(deepest.getMessage()).lines().findFirst().orElse("");
        }
    }

    Class<? extends ServerChannel> channelFor(ListenAddress address) {
        return switch (address) {
            case ListenAddress.UnixSocket _ -> unix;
            case ListenAddress.TcpPort _ -> tcp;
        };
    }

    SocketAddress socketAddress(ListenAddress address) {
        return switch (address) {
            case ListenAddress.UnixSocket(Path path) -> unixAddress.apply(path);
            case ListenAddress.TcpPort(var tcpAddress) -> tcpAddress;
        };
    }
}
