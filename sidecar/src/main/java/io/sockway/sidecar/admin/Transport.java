package io.sockway.sidecar.admin;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** A way to do network I/O that may not work on this machine. Its classes are loaded when it is opened. */
public interface Transport {

    /** Best first. The last one works everywhere. */
    List<Transport> PREFERRED = List.of(new UringTransport(), new EpollTransport(), new NioTransport());

    /** For injected pods, where runtimes' default seccomp profile forbids io_uring, and where the megabyte counts that it takes. */
    List<Transport> IN_PODS = PREFERRED.subList(1, PREFERRED.size());

    /** The name that people know it by. */
    String label();

    /** An event loop of one thread; an exception or a linkage error says why there is none. */
    EventLoopGroup open(ThreadFactory threads);

    /** What listens on it. */
    Class<? extends ServerSocketChannel> serverChannel();

    /** io_uring: fewest system calls. */
    final class UringTransport implements Transport {
        /** Plenty for one listening socket and a few connections; the kernel accounts rings as locked memory. */
        private static final int RING_ENTRIES = 64;

        @Override
        public String label() {
            return "io_uring";
        }

        @Override
        public EventLoopGroup open(ThreadFactory threads) {
            IoUring.ensureAvailability();
            return loop(threads, IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES)));
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return IoUringServerSocketChannel.class;
        }
    }

    /** epoll. */
    final class EpollTransport implements Transport {
        @Override
        public String label() {
            return "epoll";
        }

        @Override
        public EventLoopGroup open(ThreadFactory threads) {
            Epoll.ensureAvailability();
            return loop(threads, EpollIoHandler.newFactory());
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return EpollServerSocketChannel.class;
        }
    }

    /** The JDK's own, without a native library. */
    final class NioTransport implements Transport {
        @Override
        public String label() {
            return "NIO";
        }

        @Override
        public EventLoopGroup open(ThreadFactory threads) {
            return loop(threads, NioIoHandler.newFactory());
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return NioServerSocketChannel.class;
        }
    }

    private static EventLoopGroup loop(ThreadFactory threads, IoHandlerFactory handlers) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, threads, handlers);
        // An event loop that has no deadline at all wakes every second to look for one.
        group.scheduleWithFixedDelay(() -> { }, 1, 1, TimeUnit.DAYS);
        return group;
    }
}
