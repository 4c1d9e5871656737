package io.sockway.sidecar.webhook;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.sockway.deploy.admission.AdmissionReviews;
import io.sockway.sidecar.admin.Connections;
import io.sockway.xds.transport.Loops;
import io.sockway.xds.transport.OpenTransport;
import io.sockway.xds.transport.Transport;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Answers the API server over HTTPS until it is closed. One daemon thread does it all: a review takes a fraction of a millisecond.
 * Thread-safe.
 */
public final class WebhookServer implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final int IDLE_SECONDS = 300;

    private final OpenTransport transport;
    private final Channel listener;

    private WebhookServer(OpenTransport transport, Channel listener) {
        this.transport = transport;
        this.listener = listener;
    }

    /**
     * Starts to listen; returns when clients can connect.
     *
     * @param bind address and port, port 0 for any free one
     * @param log takes one line for each review
     * @throws WebhookException if it cannot listen there
     */
    public static WebhookServer start(InetSocketAddress bind, Identity identity, AdmissionReviews reviews, Consumer<String> log) {
        return start(bind, identity, reviews, log, WebhookLimits.DEFAULT);
    }

    static WebhookServer start(InetSocketAddress bind, Identity identity, AdmissionReviews reviews, Consumer<String> log,
            WebhookLimits limits) {
        if (bind.isUnresolved()) {
            throw cannotListen(bind, "the host is not known", null);
        }
        OpenTransport transport = OpenTransport.firstOf(Transport.PREFERRED, Loops.one("sockway-webhook"));
        Tally tally = new Tally();
        Connections connections = new Connections(limits.connections(), limits.heldBytes());
        ChannelFuture bound = new ServerBootstrap().group(transport.group()).channel(transport.transport().serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        RequestDeadline deadline = new RequestDeadline(limits.request());
                        channel.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS), identity.current().newHandler(channel.alloc()),
                                deadline, new HttpServerCodec(), new RequestGate(connections, limits, deadline, tally),
                                new HttpObjectAggregator(limits.bodyBytes()), new ReviewHandler(reviews, tally, log));
                    }
                }).bind(bind).awaitUninterruptibly();
        WebhookServer server = new WebhookServer(transport, bound.channel());
        if (!bound.isSuccess()) {
            server.close();
            throw cannotListen(bind, bound.cause().getMessage(), bound.cause());
        }
        return server;
    }

    private static WebhookException cannotListen(InetSocketAddress bind, String reason, Throwable cause) {
        return new WebhookException("the webhook cannot listen on " + bind.getHostString() + ":" + bind.getPort() + ": " + reason
                + "; choose another with --listen HOST:PORT", cause);
    }

    /** Where it listens, with the port that was chosen. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** The transport that runs, and why a better one does not. */
    public String transport() {
        return transport.description();
    }

    /** Stops listening, answers what has been asked, and closes all connections. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        transport.group().shutdownGracefully(100, 1000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}
