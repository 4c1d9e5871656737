package io.sockway.sidecar.webhook;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sockway.sidecar.admin.Connections;
import java.util.concurrent.TimeUnit;

/**
 * Between the HTTP decoder and the aggregator: lets through what may be kept until its request is whole. What may not is answered, and the
 * rest of it dropped as it comes, since closing with unread bytes would reset the connection under the answer. For the event loop.
 */
final class RequestGate extends ChannelInboundHandlerAdapter {
    /** About what the objects around one part of a body take. */
    private static final int PART_BYTES = 256;
    /** For the client to read that it was too slow. */
    private static final int LINGER_MILLIS = 1000;

    private final Connections connections;
    private final WebhookLimits limits;
    private final RequestDeadline deadline;
    private final Tally tally;

    private long body;
    private long held;
    /** The answer after which this connection takes nothing more. */
    private ChannelFuture refusal;

    RequestGate(Connections connections, WebhookLimits limits, RequestDeadline deadline, Tally tally) {
        this.connections = connections;
        this.limits = limits;
        this.deadline = deadline;
        this.tally = tally;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        connections.opened(ctx.channel());
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        connections.closed(ctx.channel());
        release();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        boolean last = message instanceof LastHttpContent;
        if (message instanceof HttpRequest head) {
            connections.heard(ctx.channel());
            body = 0;
            if (refusal == null && HttpUtil.getContentLength(head, 0L) > limits.bodyBytes()) {
                refuseTooLarge(ctx);
            }
        }
        if (refusal == null && message instanceof HttpContent part && part.content().isReadable()) {
            admit(ctx, part.content().readableBytes());
        }
        if (refusal == null) {
            if (last) {
                deadline.met();
            }
            ctx.fireChannelRead(kept(message));
            if (last) {
                release();
            }
        } else {
            ReferenceCountUtil.release(message);
            if (last) {
                refusal.addListener(ChannelFutureListener.CLOSE);
            }
        }
    }

    private void admit(ChannelHandlerContext ctx, int bytes) {
        body += bytes;
        if (body > limits.bodyBytes()) {
            refuseTooLarge(ctx);
        } else if (connections.full()) {
            refuse(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, "busy", "other requests take all the memory there is; try again");
        } else {
            held += bytes + PART_BYTES;
            connections.hold(bytes + PART_BYTES);
        }
    }

    /** A copy of a part's bytes alone: the part itself can keep a whole TLS record in memory for the sake of one byte. */
    private static Object kept(Object message) {
        if (message instanceof HttpContent part && part.content().isReadable()) {
            HttpContent copy = part.replace(Unpooled.copiedBuffer(part.content()));
            part.release();
            return copy;
        }
        return message;
    }

    private void refuseTooLarge(ChannelHandlerContext ctx) {
        refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "a request's body has at most " + limits.bodyBytes()
                + " bytes");
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String outcome, String line) {
        tally.count(outcome, 0);
        ctx.pipeline().remove(HttpObjectAggregator.class);
        release();
        FullHttpResponse response = Responses.text(status, line + "\n");
        HttpUtil.setKeepAlive(response, false);
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            response.headers().setInt(HttpHeaderNames.RETRY_AFTER, 1);
        }
        refusal = ctx.writeAndFlush(response);
    }

    private void release() {
        connections.release(held);
        held = 0;
    }

    /** Reads nothing while the client does not read its answers. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != RequestDeadline.EXPIRED) {
            ctx.fireUserEventTriggered(event);
        } else if (refusal != null) {
            ctx.close();
        } else {
            refuse(ctx, HttpResponseStatus.REQUEST_TIMEOUT, "late", "the request has not come whole within " + limits.request().toMillis()
                    + " ms");
            ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
