package io.sockway.sidecar.admin;

import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Memory for large answers. They are worked out one at a time, and only while unread ones leave room; the others wait in turn. Who is slow
 * to read keeps its answer until somebody waits for its memory, and then for a limited time. So a slow client delays the others, and never
 * keeps them out. Belongs to the event loop and is used by it alone.
 */
final class AnswerRoom {
    private final Connections connections;
    private final long patienceNanos;
    /** By who waits. */
    private final LinkedHashMap<ChannelHandlerContext, Runnable> waiting = new LinkedHashMap<>();
    private final Queue<Unread> unread = new ArrayDeque<>();
    private boolean working;
    private boolean watching;

    private record Unread(ChannelHandlerContext reader, long sinceNanos) {
    }

    /**
     * For connections that count the bytes they hold.
     *
     * @param patience how long an answer is there to be read when others wait for its memory
     */
    AnswerRoom(Connections connections, Duration patience) {
        this.connections = connections;
        patienceNanos = patience.toNanos();
    }

    /** Runs {@code begin} when there is room, now or later. It has to lead to {@link #worked}. */
    void ask(ChannelHandlerContext ctx, Runnable begin) {
        waiting.put(ctx, begin);
        admit(ctx);
    }

    /** Forgets who waits, if it does. */
    void leave(ChannelHandlerContext ctx) {
        waiting.remove(ctx);
    }

    /** The answer that was worked out has been given to {@link #hold}, or is not wanted any more. */
    void worked(ChannelHandlerContext ctx) {
        working = false;
        admit(ctx);
    }

    /** Counts the bytes of an answer until the returned action is run. */
    Runnable hold(ChannelHandlerContext ctx, long bytes) {
        Unread answer = new Unread(ctx, System.nanoTime());
        connections.hold(bytes);
        unread.add(answer);
        return () -> {
            connections.release(bytes);
            unread.remove(answer);
            admit(ctx);
        };
    }

    private void admit(ChannelHandlerContext ctx) {
        while (!working && !waiting.isEmpty() && !connections.full()) {
            working = true;
            waiting.pollFirstEntry().getValue().run();
        }
        if (!working && !waiting.isEmpty() && !watching && !unread.isEmpty()) {
            watching = true;
            ctx.executor().schedule(() -> {
                watching = false;
                makeRoom();
                admit(ctx);
            }, unread.element().sinceNanos + patienceNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    private void makeRoom() {
        Unread eldest = unread.peek();
        if (!waiting.isEmpty() && connections.full() && System.nanoTime() - eldest.sinceNanos >= patienceNanos) {
            eldest.reader.close();
        }
    }
}
