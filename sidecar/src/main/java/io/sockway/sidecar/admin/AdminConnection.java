package io.sockway.sidecar.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * One client: reads a request, has it answered, writes the answer, and only then reads the next. Each phase has its own time limit,
 * which bytes that trickle do not renew. Runs on the event loop.
 */
final class AdminConnection extends ChannelInboundHandlerAdapter {

    private enum Phase { READING, WORKING, WRITING, LINGERING }

    private static final Reply BUSY = Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too busy; try again");
    private static final Reply LATE = Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "no answer in time; try again").closing();
    private static final Reply BODY = Reply.text(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "this server takes no request bodies")
            .closing();

    private final Routes routes;
    private final RequestRules rules;
    private final Worker worker;
    private final Connections connections;
    private final AnswerRoom room;
    private final Limits limits;

    private final Queue<Object> arrived = new ArrayDeque<>();
    private Phase phase;
    private boolean handling;
    private ScheduledFuture<?> deadline;
    private HttpRequest request;
    private Reply refusal;
    private long bodyBytes;
    private boolean inputShut;

    AdminConnection(Routes routes, RequestRules rules, Worker worker, Connections connections, AnswerRoom room, Limits limits) {
        this.routes = routes;
        this.rules = rules;
        this.worker = worker;
        this.connections = connections;
        this.room = room;
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        connections.opened(ctx.channel());
        enter(ctx, Phase.READING, limits.request());
        ctx.read();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        connections.closed(ctx.channel());
        room.leave(ctx);
        deadline.cancel(false);
        phase = Phase.LINGERING;
        drop();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        arrived.add(message);
        handleArrived(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (phase == Phase.READING) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputShut = true;
            if (phase == Phase.READING || phase == Phase.LINGERING) {
                ctx.close();
            }
        }
    }

    /** Resets and the like: the client is gone. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /** One read can bring several requests. Those that have to wait are few: nothing is read while one of them is answered. */
    private void handleArrived(ChannelHandlerContext ctx) {
        if (handling) {
            return;
        }
        handling = true;
        while (phase == Phase.READING && !arrived.isEmpty()) {
            Object message = arrived.remove();
            try {
                handle(ctx, message);
            } finally {
                ReferenceCountUtil.release(message);
            }
        }
        handling = false;
        if (phase == Phase.LINGERING) {
            drop();
        }
    }

    private void handle(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest head) {
            begin(ctx, head);
        }
        if (phase == Phase.READING && message instanceof HttpContent part) {
            proceed(ctx, part);
        }
    }

    private void drop() {
        arrived.forEach(ReferenceCountUtil::release);
        arrived.clear();
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        connections.heard(ctx.channel());
        request = head;
        bodyBytes = 0;
        refusal = rules.refusal(head);
        if (refusal != null && refusal.last()) {
            answer(ctx, refusal);
        }
    }

    private void proceed(ChannelHandlerContext ctx, HttpContent part) {
        bodyBytes += part.content().readableBytes();
        if (part.decoderResult().isFailure()) {
            answer(ctx, RequestRules.malformed(part.decoderResult().cause()).closing());
        } else if (bodyBytes > limits.bodyBytes()) {
            answer(ctx, BODY);
        } else if (part instanceof LastHttpContent) {
            complete(ctx);
        }
    }

    private void complete(ChannelHandlerContext ctx) {
        Ask ask = Ask.of(request);
        Reply reply = refusal != null ? refusal : routes.immediate(ask.path());
        if (reply == null) {
            work(ctx, ask);
        } else {
            answer(ctx, reply);
        }
    }

    private void work(ChannelHandlerContext ctx, Ask ask) {
        HttpRequest asked = request;
        enter(ctx, Phase.WORKING, limits.work());
        if (routes.large(ask.path())) {
            room.ask(ctx, () -> work(ctx, ask, asked, () -> room.worked(ctx)));
        } else {
            work(ctx, ask, asked, () -> { });
        }
    }

    /** Has the answer to {@code asked} worked out, and runs {@code done} once it is on its way or known not to be wanted any more. */
    private void work(ChannelHandlerContext ctx, Ask ask, HttpRequest asked, Runnable done) {
        Runnable task = () -> {
            Reply reply = routes.work(ask);
            if (!ctx.executor().isShuttingDown()) {
                ctx.executor().execute(() -> {
                    if (phase == Phase.WORKING && request == asked) {
                        answer(ctx, reply);
                    }
                    done.run();
                });
            }
        };
        if (!worker.offer(task)) {
            answer(ctx, BUSY);
            done.run();
        }
    }

    private void answer(ChannelHandlerContext ctx, Reply reply) {
        boolean keepAlive = !reply.last() && HttpUtil.isKeepAlive(request);
        Runnable release = room.hold(ctx, reply.length());
        enter(ctx, Phase.WRITING, limits.write());
        ctx.writeAndFlush(response(reply, keepAlive)).addListener((ChannelFuture future) -> {
            release.run();
            if (!future.isSuccess()) {
                ctx.close();
            } else if (keepAlive) {
                next(ctx);
            } else {
                linger(ctx);
            }
        });
    }

    private FullHttpResponse response(Reply reply, boolean keepAlive) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, reply.status(),
                Unpooled.wrappedBuffer(reply.body().size(), reply.body().toArray(byte[][]::new)));
        HttpHeaders headers = response.headers();
        HttpUtil.setKeepAlive(headers, request.protocolVersion(), keepAlive);
        headers.set(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
                .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.length())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, reply.contentSecurityPolicy())
                .set("x-content-type-options", "nosniff")
                .set("cross-origin-resource-policy", "same-origin")
                .set("referrer-policy", "no-referrer");
        if (reply.gzip()) {
            headers.set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP).set(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
        }
        if (reply.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            headers.set(HttpHeaderNames.ALLOW, "GET, HEAD");
        } else if (reply.status().equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            headers.set(HttpHeaderNames.RETRY_AFTER, "1");
        }
        return response;
    }

    /** Goes on with the next request, which may have arrived already. */
    private void next(ChannelHandlerContext ctx) {
        enter(ctx, Phase.READING, limits.request());
        handleArrived(ctx);
        if (phase == Phase.READING && arrived.isEmpty()) {
            if (inputShut) {
                ctx.close();
            } else {
                ctx.read();
            }
        }
    }

    /** Says that this was all, and drops what still comes: closing with unread bytes would reset the connection under the answer. */
    private void linger(ChannelHandlerContext ctx) {
        if (inputShut) {
            ctx.close();
            return;
        }
        enter(ctx, Phase.LINGERING, limits.linger());
        ((DuplexChannel) ctx.channel()).shutdownOutput();
        ctx.channel().config().setAutoRead(true);
    }

    private void enter(ChannelHandlerContext ctx, Phase next, Duration limit) {
        phase = next;
        if (deadline != null) {
            deadline.cancel(false);
        }
        deadline = ctx.executor().schedule(() -> expire(ctx), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void expire(ChannelHandlerContext ctx) {
        if (phase == Phase.WORKING) {
            room.leave(ctx);
            answer(ctx, LATE);
        } else {
            ctx.close();
        }
    }
}
