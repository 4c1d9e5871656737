package io.sockway.sidecar.webhook;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Before the HTTP decoder: a deadline that runs from a request's first byte until {@link #met}, and that bytes which trickle do not renew.
 * Between requests none runs. Fires {@link #EXPIRED} as a user event. For the event loop.
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {
    static final Object EXPIRED = new Object();

    private final Duration limit;
    private ScheduledFuture<?> running;

    RequestDeadline(Duration limit) {
        this.limit = limit;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        if (running == null) {
            running = ctx.executor().schedule(() -> {
                running = null;
                ctx.fireUserEventTriggered(EXPIRED);
            }, limit.toMillis(), TimeUnit.MILLISECONDS);
        }
        ctx.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        met();
        ctx.fireChannelInactive();
    }

    /** The request has come whole. */
    void met() {
        if (running != null) {
            running.cancel(false);
            running = null;
        }
    }
}
