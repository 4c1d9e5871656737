package io.sockway.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A connection that speaks HTTP/2 without TLS, from its first byte on (prior knowledge); each request is a stream. */
final class Http2Link extends Http2ConnectionHandler implements Link {
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int LAST_STREAM = Integer.MAX_VALUE - 2;
    private static final int BAD_GATEWAY = 502;

    private final Worker worker;
    private final Runnable again;
    private final Http2Headers request;
    private final int most;
    private final long connectingSince = System.nanoTime();
    private final Map<Integer, Long> waiting = new LinkedHashMap<>();
    private final Http2Connection.PropertyKey status;
    private ChannelHandlerContext context;
    private ErrorKind reason = ErrorKind.CLOSED;
    private String why = "the connection was closed";
    private int stream = 1;
    private boolean open;

    private Http2Link(Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Worker worker, Runnable again, Http2Headers request) {
        super(decoder, encoder, new Http2Settings().initialWindowSize(WINDOW_BYTES).pushEnabled(false));
        this.worker = worker;
        this.again = again;
        this.request = request;
        this.most = worker.plan().inFlight();
        this.status = connection().newKey();
        decoder.frameListener(new Answers());
    }

    static Http2Link create(Worker worker, Runnable again) {
        Http2Connection connection = new DefaultHttp2Connection(false);
        Http2ConnectionEncoder encoder = new DefaultHttp2ConnectionEncoder(connection, new DefaultHttp2FrameWriter());
        Http2Headers request = new DefaultHttp2Headers().method("GET").scheme("http").authority(worker.plan().authority())
                .path(worker.plan().path());
        return new Http2Link(new DefaultHttp2ConnectionDecoder(connection, encoder, new DefaultHttp2FrameReader()), encoder, worker,
                again, request);
    }

    @Override
    public void send(long intendedNanos) {
        waiting.put(stream, intendedNanos);
        encoder().writeHeaders(context, stream, request, 0, true, context.newPromise());
        stream += 2;
    }

    @Override
    public void flush() {
        flush(context);
    }

    @Override
    public int room() {
        int allowed = Math.min(most, connection().local().maxActiveStreams());
        return open && stream < LAST_STREAM ? Math.max(allowed - waiting.size(), 0) : 0;
    }

    @Override
    public long oldest() {
        return waiting.isEmpty() ? Long.MAX_VALUE : waiting.values().iterator().next();
    }

    @Override
    public int waiting() {
        return waiting.size();
    }

    @Override
    public void fail(ErrorKind kind) {
        reason = kind;
        open = false;
        if (kind == ErrorKind.TIMEOUT && !waiting.isEmpty()) {
            why = worker.plan().silence();
        }
        abandon();
        // Not this handler's own close(), which waits for streams to end.
        context.channel().unsafe().close(context.voidPromise());
    }

    @Override
    public void channelActive(ChannelHandlerContext active) throws Exception {
        super.channelActive(active);
        context = active;
        open = true;
        worker.opened(this, System.nanoTime() - connectingSince);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext active) throws Exception {
        super.channelReadComplete(active);
        worker.pump();
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) throws Exception {
        open = false;
        abandon();
        super.channelInactive(inactive);
        worker.lost(this, why);
        again.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext active, Throwable cause) throws Exception {
        if (cause instanceof IOException) {
            reason = ErrorKind.RESET;
            why = "the connection was reset";
            if (waiting.isEmpty()) {
                worker.failed(ErrorKind.RESET);
            }
            fail(ErrorKind.RESET);
        } else {
            super.exceptionCaught(active, cause);
        }
    }

    @Override
    protected void onConnectionError(ChannelHandlerContext active, boolean outbound, Throwable cause, Http2Exception http2Cause) {
        why = "not HTTP/2: " + String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        if (waiting.isEmpty()) {
            worker.failed(ErrorKind.PROTOCOL);
        }
        fail(ErrorKind.PROTOCOL);
    }

    /** What still waits will not be answered. */
    private void abandon() {
        long now = System.nanoTime();
        waiting.values().forEach(intended -> {
            worker.failed(reason, intended);
            if (reason == ErrorKind.TIMEOUT) {
                worker.record(intended, now);
            }
        });
        waiting.clear();
    }

    private void ended(Http2Stream ending, int code) {
        Long intended = waiting.remove(ending.id());
        if (intended != null) {
            worker.answered(intended, System.nanoTime(), code);
            if (stream >= LAST_STREAM && waiting.isEmpty()) {
                fail(ErrorKind.CLOSED);
            } else if (open) {
                worker.ready(this);
            }
        }
    }

    /** What comes from the server. */
    private final class Answers extends Http2FrameAdapter {
        @Override
        public void onHeadersRead(ChannelHandlerContext active, int streamId, Http2Headers headers, int streamDependency, short weight,
                boolean exclusive, int padding, boolean endOfStream) {
            onHeadersRead(active, streamId, headers, padding, endOfStream);
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext active, int streamId, Http2Headers headers, int padding, boolean endOfStream) {
            Http2Stream answering = connection().stream(streamId);
            if (headers.status() != null) {
                answering.setProperty(status, Integer.valueOf(headers.status().toString()));
            }
            if (endOfStream) {
                ended(answering, code(answering));
            }
        }

        @Override
        public int onDataRead(ChannelHandlerContext active, int streamId, ByteBuf data, int padding, boolean endOfStream) {
            int bytes = data.readableBytes() + padding;
            if (endOfStream) {
                Http2Stream answering = connection().stream(streamId);
                ended(answering, code(answering));
            }
            return bytes;
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext active, int streamId, long errorCode) {
            Long intended = waiting.remove(streamId);
            if (intended != null) {
                worker.failed(ErrorKind.RESET, intended);
                why = "a stream was reset: " + Http2Error.valueOf(errorCode);
                worker.ready(Http2Link.this);
            }
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext active, int lastStreamId, long errorCode, ByteBuf debugData) {
            open = false;
            why = "the server sent GOAWAY: " + Http2Error.valueOf(errorCode);
            if (waiting.isEmpty()) {
                fail(ErrorKind.CLOSED);
            }
        }

        private int code(Http2Stream answering) {
            Integer code = answering.getProperty(status);
            return code == null ? BAD_GATEWAY : code;
        }
    }
}
