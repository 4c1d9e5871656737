package io.sockway.sidecar.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sockway.xds.transport.Causes;
import io.sockway.xds.transport.Loops;
import io.sockway.xds.transport.OpenTransport;
import io.sockway.xds.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Serves metrics, health, JSON and the live page over HTTP/1.1 until it is closed.
 *
 * <p>One daemon thread does the network I/O; a second one, there only while requests come, calls the {@link AdminSource}. Nothing here
 * waits for a client: connections, request sizes, unread answers and every wait are bounded. Thread-safe.
 */
public final class AdminServer implements AutoCloseable {
    private static final int BACKLOG = 64;
    private static final String UNKNOWN_HOST = "the host is not known";
    private static final int RECEIVE_BUFFER = 2048;

    private final EventLoopGroup group;
    private final Worker worker;
    private final Channel listener;
    private final String transport;

    private AdminServer(EventLoopGroup group, Worker worker, Channel listener, String transport) {
        this.group = group;
        this.worker = worker;
        this.listener = listener;
        this.transport = transport;
    }

    /**
     * Starts to listen; returns when clients can connect.
     *
     * @param bind address and port, port 0 for any free one. On a loopback address, requests for other host names are refused
     * @param source what to show; not called before the first request
     * @throws AdminException if it cannot listen there
     */
    public static AdminServer start(InetSocketAddress bind, AdminSource source) {
        return start(bind, source, Optional.empty(), Transport.PREFERRED);
    }

    /** The same with telemetry, if there is any, on the first of some transports that works. */
    public static AdminServer start(InetSocketAddress bind, AdminSource source, Optional<? extends TelemetrySource> telemetry,
            List<Transport> transports) {
        return start(bind, Routes.of(source, telemetry.map(TelemetrySource.class::cast)), transports, Limits.DEFAULT);
    }

    /** The same for telemetry without the accelerator; {@code version} is Sockway's. */
    public static AdminServer start(InetSocketAddress bind, String version, TelemetrySource telemetry) {
        return start(bind, Routes.of(version, telemetry), Transport.PREFERRED, Limits.DEFAULT);
    }

    /** The same for a management server. */
    public static AdminServer start(InetSocketAddress bind, XdsAdminSource source) {
        return start(bind, Routes.of(source), Transport.PREFERRED, Limits.DEFAULT);
    }

    /**
     * Finds out beforehand whether a server could listen there.
     *
     * @throws AdminException if it could not
     */
    public static void requireFree(InetSocketAddress bind) {
        if (bind.isUnresolved()) {
            throw cannotListen(bind, UNKNOWN_HOST, null);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(bind);
        } catch (IOException e) {
            throw cannotListen(bind, e.getMessage(), e);
        }
    }

    static AdminServer start(InetSocketAddress bind, AdminSource source, List<Transport> transports, Limits limits) {
        return start(bind, Routes.of(source, Optional.empty()), transports, limits);
    }

    private static AdminServer start(InetSocketAddress bind, Routes routes, List<Transport> transports, Limits limits) {
        if (bind.isUnresolved()) {
            throw cannotListen(bind, UNKNOWN_HOST, null);
        }
        OpenTransport transport = OpenTransport.firstOf(transports, Loops.one("sockway-admin"));
        Worker worker = new Worker(Thread.ofPlatform().name("sockway-admin-work").daemon().factory());
        ChannelFuture bound = new ServerBootstrap()
                .group(transport.group())
                .channel(transport.transport().serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(true, true))
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BUFFER))
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(pipeline(routes, new RequestRules(bind.getAddress().isLoopbackAddress()), worker, limits))
                .bind(bind).awaitUninterruptibly();
        AdminServer server = new AdminServer(transport.group(), worker, bound.channel(), transport.description());
        if (!bound.isSuccess()) {
            server.close();
            throw cannotListen(bind, Causes.line(bound.cause()), bound.cause());
        }
        return server;
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** The transport that runs, and why a better one does not; for example {@code epoll (no io_uring: Operation not permitted)}. */
    public String transport() {
        return transport;
    }

    /**
     * Stops listening and closes all connections, answered or not. The source is not called any more when this returns, unless a call
     * has not come back within two seconds. A second call does nothing.
     */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        worker.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static ChannelInitializer<Channel> pipeline(Routes routes, RequestRules rules, Worker worker, Limits limits) {
        Connections connections = new Connections(limits.connections(), limits.unwrittenBytes());
        AnswerRoom room = new AnswerRoom(connections, limits.patience());
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(
                        new HttpServerCodec(new HttpDecoderConfig()
                                .setInitialBufferSize(256)
                                .setMaxInitialLineLength(Limits.REQUEST_LINE_BYTES)
                                .setMaxHeaderSize(Limits.HEADER_BYTES)
                                .setMaxChunkSize(Limits.HEADER_BYTES)),
                        new AdminConnection(routes, rules, worker, connections, room, limits));
            }
        };
    }

    private static AdminException cannotListen(InetSocketAddress bind, String cause, Throwable failure) {
        String reason = cause.toLowerCase(Locale.ROOT);
        String clause;
        if (reason.contains("in use")) {
            clause = "the address is in use";
        } else if (reason.contains("cannot assign")) {
            clause = "this machine does not have that address";
        } else if (reason.contains("permission denied")) {
            clause = "ports below 1024 need CAP_NET_BIND_SERVICE";
        } else {
            clause = cause;
        }
        return new AdminException("the admin server cannot listen on " + text(bind) + ": " + clause
                + "; choose another with --admin HOST:PORT", failure);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
