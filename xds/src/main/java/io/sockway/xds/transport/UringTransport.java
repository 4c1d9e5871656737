package io.sockway.xds.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.nio.file.Path;

/** io_uring. Stateless. */
final class UringTransport extends NamedTransport {
    UringTransport() {
        super("io_uring");
    }

    @Override
    IoHandlerFactory handlers(Loops loops) {
        IoUring.ensureAvailability();
        return IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(loops.ringEntries()));
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
}
