package io.sockway.bench.load;

import io.netty.buffer.ByteBuf;

/** A connection that speaks HTTP/1.1. */
final class Http1Link extends OrderedLink {
    private final Http1Reader reader = new Http1Reader();

    Http1Link(Worker worker, Runnable again, ByteBuf request) {
        super(worker, again, request);
    }

    @Override
    void take(ByteBuf in) throws Http1Reader.MalformedException {
        long now = System.nanoTime();
        while (reader.read(in)) {
            answered(reader.status(), now, !reader.keepAlive());
        }
    }

    @Override
    boolean completeByClosing() {
        return reader.closed();
    }

    @Override
    int status() {
        return reader.status();
    }
}
