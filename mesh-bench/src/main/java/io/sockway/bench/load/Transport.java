package io.sockway.bench.load;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** A way to do network I/O that may not work on this machine; best first, the last works everywhere. */
public enum Transport {
    IO_URING("io_uring", IoUring::ensureAvailability,
            () -> IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(Transport.RING_ENTRIES)),
            IoUringSocketChannel.class),
    EPOLL("epoll", Epoll::ensureAvailability, EpollIoHandler::newFactory, EpollSocketChannel.class),
    NIO("NIO", () -> {
    }, NioIoHandler::newFactory, NioSocketChannel.class);

    private static final int RING_ENTRIES = 1024;

    private final String label;
    private final Runnable requirement;
    private final Supplier<IoHandlerFactory> handlers;
    private final Class<? extends Channel> channel;

    Transport(String label, Runnable requirement, Supplier<IoHandlerFactory> handlers, Class<? extends Channel> channel) {
        this.label = label;
        this.requirement = requirement;
        this.handlers = handlers;
        this.channel = channel;
    }

    /** How options write it. */
    public String option() {
        return label.toLowerCase(Locale.ROOT);
    }

    /**
     * Event loops that run.
     *
     * @param group which the holder shuts down
     * @param channel of its sockets
     * @param description its name, and why better ones were not taken
     */
    record Open(EventLoopGroup group, Class<? extends Channel> channel, String description) {
    }

    /** Opens the first of some that works. */
    static Open firstOf(List<Transport> transports, int threads) {
        List<String> missing = new ArrayList<>();
        for (Transport transport : transports) {
            try {
                transport.requirement.run();
                EventLoopGroup group = new MultiThreadIoEventLoopGroup(threads, Thread.ofPlatform().name("load-", 0).daemon().factory(),
                        transport.handlers.get());
                String reason = missing.isEmpty() ? "" : " (" + String.join("; ", missing) + ")";
                return new Open(group, transport.channel, transport.label + reason);
            } catch (RuntimeException | LinkageError e) {
                missing.add("no " + transport.label + ": " + cause(e));
            }
        }
        throw new LoadException(String.join("; ", missing));
    }

    private static String cause(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage()).lines().findFirst().orElse("");
    }
}
