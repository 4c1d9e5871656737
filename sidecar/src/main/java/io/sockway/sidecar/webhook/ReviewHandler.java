package io.sockway.sidecar.webhook;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.AsciiString;
import io.sockway.deploy.admission.AdmissionReviews;
import io.sockway.deploy.admission.MalformedReviewException;
import io.sockway.deploy.admission.OneLine;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One connection of the API server, or of a probe. */
final class ReviewHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Map<String, AdmissionReviews.Scope> SCOPES = Map.of("/inject/namespace", AdmissionReviews.Scope.NAMESPACE,
            "/inject/pod", AdmissionReviews.Scope.POD, "/inject/forbidden", AdmissionReviews.Scope.FORBIDDEN,
            "/inject/forbidden-namespace", AdmissionReviews.Scope.FORBIDDEN_NAMESPACE);
    private static final String JSON = "application/json";

    private final AdmissionReviews reviews;
    private final Tally tally;
    private final Consumer<String> log;

    ReviewHandler(AdmissionReviews reviews, Tally tally, Consumer<String> log) {
        this.reviews = reviews;
        this.tally = tally;
        this.log = log;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        String path = request.uri().contains("?") ? request.uri().substring(0, request.uri().indexOf('?')) : request.uri();
        if (request.decoderResult().isFailure()) {
            send(ctx, request, Responses.text(HttpResponseStatus.BAD_REQUEST, "not HTTP\n"));
        } else if (path.equals("/healthz") || path.equals("/readyz")) {
            send(ctx, request, Responses.text(HttpResponseStatus.OK, "ok\n"));
        } else if (path.equals("/metrics")) {
            send(ctx, request, Responses.of(HttpResponseStatus.OK, "text/plain; version=0.0.4; charset=utf-8",
                    tally.text().getBytes(StandardCharsets.UTF_8)));
        } else {
            Optional.ofNullable(SCOPES.get(path)).ifPresentOrElse(scope -> review(ctx, request, scope),
                    () -> send(ctx, request, Responses.text(HttpResponseStatus.NOT_FOUND, "no " + path + "; reviews go to "
                            + String.join(", ", SCOPES.keySet().stream().sorted().toList()) + "\n")));
        }
    }

    private void review(ChannelHandlerContext ctx, FullHttpRequest request, AdmissionReviews.Scope scope) {
        if (!request.method().equals(HttpMethod.POST)) {
            send(ctx, request, Responses.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "reviews come by POST\n"));
            return;
        }
        CharSequence type = HttpUtil.getMimeType(request);
        if (type == null || !AsciiString.contentEqualsIgnoreCase(JSON, type)) {
            send(ctx, request, Responses.text(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "reviews are " + JSON + "\n"));
            return;
        }
        long began = System.nanoTime();
        try {
            AdmissionReviews.Answer answer = reviews.answer(ByteBufUtil.getBytes(request.content()), scope);
            send(ctx, request, Responses.of(HttpResponseStatus.OK, JSON, answer.body()));
            tally.count(answer.decision().name(), System.nanoTime() - began);
            log.accept(answer.summary());
        } catch (MalformedReviewException e) {
            tally.count("malformed", System.nanoTime() - began);
            log.accept("malformed review: " + e.getMessage());
            send(ctx, request, Responses.text(HttpResponseStatus.BAD_REQUEST, e.getMessage() + "\n"));
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            // A fault of ours: the pod starts without Sockway (failurePolicy: Ignore), and the next one is another matter.
            tally.count("failed", System.nanoTime() - began);
            log.accept(OneLine.of("failed on a review: " + e));
            send(ctx, request, Responses.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, "failed on this review\n"));
        }
    }

    private static void send(ChannelHandlerContext ctx, FullHttpRequest request, FullHttpResponse response) {
        boolean keepAlive = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        HttpUtil.setKeepAlive(response, keepAlive);
        var written = ctx.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent) {
            ctx.close();
        }
    }

    /** A handshake that failed, a reset: the client is gone. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
