package io.sockway.xds.server;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.sockway.xds.transport.Causes;
import io.sockway.xds.transport.Loops;
import io.sockway.xds.transport.OpenTransport;
import io.sockway.xds.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Serves gRPC services until it is closed. Requests are handled on the network's threads, so services must not block. Thread-safe.
 */
public final class XdsServer implements AutoCloseable {
    /** An Envoy that reconnects names every resource that it has; 10,000 names take about 1 MB. */
    private static final int MAX_REQUEST_BYTES = 16 << 20;
    private static final int BACKLOG = 1024;
    /** No more than thousands of quiet streams need. */
    private static final int RING_ENTRIES = 256;
    /** After how long of silence it is found out that an Envoy is gone without a word. */
    private static final int PING_SECONDS = 60;
    /** Envoys may ping this often (connection_keepalive of their cluster). */
    private static final int ALLOWED_PING_SECONDS = 5;
    private static final int CLOSE_SECONDS = 2;
    private static final String SOCKET_MODE = "rw-rw----";

    private final Server server;
    private final OpenTransport transport;
    private final ScheduledExecutorService timer;
    private final ListenAddress address;

    private XdsServer(Server server, OpenTransport transport, ScheduledExecutorService timer, ListenAddress address) {
        this.server = server;
        this.transport = transport;
        this.timer = timer;
        this.address = address;
    }

    /**
     * Starts to listen; returns when clients can connect. A Unix socket that an ended server left behind is replaced; its mode
     * becomes 0660.
     *
     * @param tls for TCP; without it everybody who reaches the port gets all configuration, private keys too
     * @throws XdsServerException if it cannot listen there
     */
    public static XdsServer start(ListenAddress address, Optional<MutualTls> tls, List<BindableService> services) {
        return start(address, tls, services, Transport.PREFERRED);
    }

    static XdsServer start(ListenAddress address, Optional<MutualTls> tls, List<BindableService> services,
            List<Transport> transports) {
        if (address instanceof ListenAddress.UnixSocket(Path path)) {
            prepare(path);
        }
        TransportFailures.shorten();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("sockway-xds-timer").daemon().factory());
        OpenTransport transport = null;
        try {
            transport = OpenTransport.firstOf(transports, Loops.of(Math.min(2, Runtime.getRuntime().availableProcessors()), RING_ENTRIES,
                    "sockway-xds-"));
            NettyServerBuilder builder = builder(transport.transport(), address)
                    .withOption(ChannelOption.SO_BACKLOG, BACKLOG)
                    .bossEventLoopGroup(transport.group()).workerEventLoopGroup(transport.group())
                    .directExecutor()
                    .maxInboundMessageSize(MAX_REQUEST_BYTES)
                    .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                    .permitKeepAliveTime(ALLOWED_PING_SECONDS, TimeUnit.SECONDS)
                    .permitKeepAliveWithoutCalls(true);
            if (address instanceof ListenAddress.UnixSocket) {
                // gRPC asks for it on every connection, and Netty complains of each that is no TCP connection. Null takes it back.
                builder.withChildOption(ChannelOption.SO_KEEPALIVE, null);
            }
            if (tls.isPresent()) {
                builder.sslContext(tls.get().open(timer));
                if (!tls.get().anyNode()) {
                    builder.intercept(new ClientCertificates());
                }
            }
            services.forEach(builder::addService);
            Server server = builder.build().start();
            return new XdsServer(server, transport, timer, address instanceof ListenAddress.UnixSocket socket ? protect(socket)
                    : new ListenAddress.TcpPort((InetSocketAddress) server.getListenSockets().getFirst()));
        } catch (IOException | RuntimeException e) {
            timer.shutdownNow();
            if (transport != null) {
                transport.group().shutdownGracefully(0, 0, TimeUnit.SECONDS);
            }
            throw e instanceof XdsServerException known ? known : cannotListen(address, e);
        }
    }

    private static NettyServerBuilder builder(Transport transport, ListenAddress address) {
        return switch (address) {
            case ListenAddress.UnixSocket(Path path) ->
                NettyServerBuilder.forAddress(transport.unixAddress(path)).channelType(transport.unixServerChannel());
            case ListenAddress.TcpPort(var tcp) -> NettyServerBuilder.forAddress(tcp).channelType(transport.serverChannel());
        };
    }

    /** Where it listens, with the port that was chosen. */
    public ListenAddress address() {
        return address;
    }

    /** The transport that runs, and why a better one does not; for example {@code epoll (no io_uring: Operation not permitted)}. */
    public String transport() {
        return transport.description();
    }

    /** Stops listening and ends all streams; Envoys go on with what they have. A second call does nothing. */
    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            if (address instanceof ListenAddress.UnixSocket(Path path)) {
                Files.deleteIfExists(path);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // the next server at this path removes it
        }
        timer.shutdownNow();
        transport.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static void prepare(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            removeSocket(path);
            return;
        }
        throw new XdsServerException("another server listens on unix:" + path + ": end that one first, or choose another path", null);
    }

    private static void removeSocket(Path path) {
        try {
            if (Files.readAttributes(path, "unix:mode").get("mode") instanceof Integer mode && (mode & 0xf000) == 0xc000) {
                Files.delete(path);
                return;
            }
        } catch (IOException e) {
            throw new XdsServerException("cannot replace the socket " + path + ": " + e.getMessage(), e);
        }
        throw new XdsServerException(path + " is there and no socket: choose another path", null);
    }

    private static ListenAddress protect(ListenAddress.UnixSocket socket) throws IOException {
        Files.setPosixFilePermissions(socket.path(), PosixFilePermissions.fromString(SOCKET_MODE));
        return socket;
    }

    private static XdsServerException cannotListen(ListenAddress address, Exception failure) {
        return new XdsServerException("cannot listen on " + address + ": " + Causes.line(failure), failure);
    }
}
