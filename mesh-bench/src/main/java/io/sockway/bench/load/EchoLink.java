package io.sockway.bench.load;

import io.netty.buffer.ByteBuf;

/** A connection whose other end sends every byte back. */
final class EchoLink extends OrderedLink {
    private static final int OK = 200;

    private final int length;
    private int missing;

    EchoLink(Worker worker, Runnable again, ByteBuf message) {
        super(worker, again, message);
        this.length = message.readableBytes();
        this.missing = length;
    }

    @Override
    void take(ByteBuf in) {
        long now = System.nanoTime();
        int came = in.readableBytes();
        while (came >= missing) {
            came -= missing;
            missing = length;
            answered(OK, now, false);
        }
        missing -= came;
    }
}
