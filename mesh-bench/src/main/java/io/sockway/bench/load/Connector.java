package io.sockway.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Keeps a worker's connections open: one that is gone comes again, at first soon, then more slowly. For the worker's thread. */
final class Connector {
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 500;
    private static final int CONNECT_MILLIS = 3_000;

    private final Worker worker;
    private final Bootstrap bootstrap;
    private final ByteBuf request;
    private long pauseMillis;
    private long answered;

    Connector(Worker worker, Class<? extends Channel> channel, InetSocketAddress address) {
        this.worker = worker;
        this.request = request(worker.plan());
        this.bootstrap = new Bootstrap().group(worker.loop()).channel(channel).remoteAddress(address)
                .option(ChannelOption.TCP_NODELAY, true).option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel opened) {
                        opened.pipeline().addLast(link());
                    }
                });
    }

    /** Opens one connection more. */
    void connect() {
        bootstrap.connect().addListener(connected -> {
            if (!connected.isSuccess()) {
                worker.failed(ErrorKind.CONNECT);
                worker.unreachable(reason(connected.cause()));
                again();
            }
        });
    }

    /** The system's own words, without those that the transports put before and behind them. */
    private static String reason(Throwable cause) {
        String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return Stream.of(message.split(": ")).filter(part -> !part.contains("/") && !part.contains("(..)")).findFirst().orElse(message);
    }

    private void again() {
        if (worker.wanted()) {
            // A server that closes after each answer is no reason to wait; one that does so before an answer is.
            long pause = worker.answered() > answered ? 0 : pauseMillis;
            answered = worker.answered();
            pauseMillis = Math.min(Math.max(2 * pauseMillis, FIRST_PAUSE_MILLIS), LONGEST_PAUSE_MILLIS);
            worker.loop().schedule(this::connect, pause, TimeUnit.MILLISECONDS);
        }
    }

    private ChannelHandler link() {
        return switch (worker.plan().protocol()) {
            case HTTP1 -> new Http1Link(worker, this::again, request);
            case HTTP2 -> Http2Link.create(worker, this::again);
            case TCP -> new EchoLink(worker, this::again, request);
        };
    }

    private static ByteBuf request(LoadPlan plan) {
        byte[] bytes = switch (plan.protocol()) {
            case HTTP1 -> "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sockway-bench\r\n\r\n".formatted(plan.path(), plan.authority())
                    .getBytes(StandardCharsets.US_ASCII);
            case HTTP2 -> new byte[0];
            case TCP -> new byte[plan.messageBytes()];
        };
        return Unpooled.directBuffer(Math.max(bytes.length, 1)).writeBytes(bytes);
    }
}
