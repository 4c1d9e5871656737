package io.sockway.xds.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;

/** What the transports have in common. Stateless. */
abstract class NamedTransport implements Transport {
    private final String label;

    NamedTransport(String label) {
        this.label = label;
    }

    /** Makes the handlers of event loops; an exception or a linkage error says why there are none. */
    abstract IoHandlerFactory handlers(Loops loops);

    @Override
    public final String label() {
        return label;
    }

    @Override
    public final EventLoopGroup open(Loops loops) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops.count(), loops.threads(), handlers(loops));
        // An event loop that has no deadline at all wakes every second to look for one.
        group.forEach(loop -> loop.scheduleWithFixedDelay(() -> { }, 1, 1, TimeUnit.DAYS));
        return group;
    }

    @Override
    public final String toString() {
        return label;
    }
}
