package io.sockway.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;

/** A connection whose answers come in the order of the requests. The request is the same bytes every time. */
abstract class OrderedLink extends ChannelInboundHandlerAdapter implements Link {
    private final Worker worker;
    private final Runnable again;
    private final ByteBuf request;
    private final Ring waiting;
    private final int most;
    private final long connectingSince = System.nanoTime();
    private Channel channel;
    private ErrorKind reason = ErrorKind.CLOSED;
    private String why = "the connection was closed";
    private boolean open;

    /**
     * A connection that is being opened.
     *
     * @param again called once when it is gone
     * @param request not released by the link
     */
    OrderedLink(Worker worker, Runnable again, ByteBuf request) {
        this.worker = worker;
        this.again = again;
        this.request = request;
        this.most = worker.plan().inFlight();
        this.waiting = new Ring(most);
    }

    /** Takes bytes in, and calls {@link #answered} for each answer that is complete with them. */
    abstract void take(ByteBuf in) throws Http1Reader.MalformedException;

    /** Whether an answer is complete because the other end has closed. */
    boolean completeByClosing() {
        return false;
    }

    /** An answer is complete. */
    final void answered(int status, long now, boolean last) {
        if (waiting.size() == 0) {
            if (open) {
                why = "an answer came that nobody asked for";
                fail(ErrorKind.PROTOCOL);
            }
            return;
        }
        worker.answered(waiting.remove(), now, status);
        if (last) {
            // Closing as announced is no error, but requests that were sent after this one are lost.
            close();
        } else if (open) {
            worker.ready(this);
        }
    }

    @Override
    public final void send(long intendedNanos) {
        waiting.add(intendedNanos);
        channel.write(request.retainedDuplicate(), channel.voidPromise());
    }

    @Override
    public final void flush() {
        channel.flush();
    }

    @Override
    public final int room() {
        return open ? most - waiting.size() : 0;
    }

    @Override
    public final long oldest() {
        return waiting.oldest();
    }

    @Override
    public final int waiting() {
        return waiting.size();
    }

    @Override
    public final void fail(ErrorKind kind) {
        reason = kind;
        if (kind == ErrorKind.TIMEOUT && waiting.size() > 0) {
            why = worker.plan().silence();
        }
        if (kind == ErrorKind.PROTOCOL && waiting.size() == 0) {
            worker.failed(kind);
        }
        abandon();
        close();
    }

    @Override
    public final void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        open = true;
        worker.opened(this, System.nanoTime() - connectingSince);
    }

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            take(in);
        } catch (Http1Reader.MalformedException e) {
            why = "an answer was malformed: " + e.getMessage();
            fail(ErrorKind.PROTOCOL);
        } finally {
            in.release();
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext context) {
        worker.pump();
    }

    @Override
    public final void channelInactive(ChannelHandlerContext context) {
        if (completeByClosing() && waiting.size() > 0) {
            answered(status(), System.nanoTime(), true);
        }
        open = false;
        abandon();
        worker.lost(this, why);
        again.run();
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // Netty tells of a reset by an exception, and then that the channel is inactive.
        if (cause instanceof IOException) {
            reason = ErrorKind.RESET;
            why = "the connection was reset";
            if (waiting.size() == 0) {
                worker.failed(ErrorKind.RESET);
            }
        } else {
            reason = ErrorKind.PROTOCOL;
            why = String.valueOf(cause);
        }
        context.close();
    }

    /** Of the answer that closing completes. */
    int status() {
        return 0;
    }

    /** What still waits will not be answered. */
    private void abandon() {
        long now = System.nanoTime();
        while (waiting.size() > 0) {
            long intended = waiting.remove();
            worker.failed(reason, intended);
            if (reason == ErrorKind.TIMEOUT) {
                worker.record(intended, now);
            }
        }
    }

    private void close() {
        open = false;
        channel.close();
    }
}
