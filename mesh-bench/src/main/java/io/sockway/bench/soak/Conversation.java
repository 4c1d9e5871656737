package io.sockway.bench.soak;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** One end of a connection that follows its plan, without ever blocking. */
final class Conversation {
    /** Bytes that are lost show as a wait for them. */
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

    private final Direction sending;
    private final Plan plan;
    private final SelectionKey key;
    private final SocketChannel channel;
    private final Queue<Step> steps;
    private final OutgoingStream out;
    private final IncomingStream in;
    private final ByteBuffer buffer;
    private Step step;
    private long sendUntil;
    private long pauseEnd;
    private long lastProgress = System.nanoTime();

    /**
     * The end that sends in the direction {@code sending}.
     *
     * @param buffer for reading and writing, {@code scratch} for comparing; all conversations of a thread may share both
     */
    Conversation(long seed, long number, Direction sending, SelectionKey key, ByteBuffer buffer, ByteBuffer scratch) {
        this.sending = sending;
        this.plan = Plan.of(seed, number);
        this.key = key;
        this.channel = (SocketChannel) key.channel();
        this.steps = new ArrayDeque<>(plan.steps(sending));
        this.buffer = buffer;
        Direction receiving = sending == Direction.UP ? Direction.DOWN : Direction.UP;
        this.out = new OutgoingStream(Pattern.of(seed, number, sending), plan.length(sending));
        this.in = new IncomingStream(seed, number, receiving, plan.length(receiving), scratch);
        this.step = steps.remove();
        enter();
    }

    long sent() {
        return out.offset();
    }

    long received() {
        return in.offset();
    }

    /** True when the plan ends with a reset. */
    boolean wasReset() {
        return plan.reset();
    }

    /** True when this end wants to be called though its socket may not be ready. */
    boolean due(long now) {
        return step instanceof Step.Pause && now - pauseEnd >= 0;
    }

    /** Goes as far as the socket lets it; true at the end of the conversation, whose channel is then closed. */
    boolean advance() {
        try {
            while (step != null && attempt()) {
                step = steps.poll();
                lastProgress = System.nanoTime();
                enter();
            }
            if (step == null) {
                return closed();
            }
            key.interestOps(interest());
            return false;
        } catch (IOException e) {
            if (awaitsReset()) {
                return closed();
            }
            throw in.difference("the connection failed (%s; %d of %d bytes sent, in step %s)".formatted(e.getMessage(), out.offset(),
                    plan.length(sending), step));
        }
    }

    /** Fails when nothing has moved for very long. */
    void checkStalled(long now) {
        if (now - lastProgress > STALL_LIMIT.toNanos()) {
            throw in.difference("nothing has moved for %d s (%d of %d bytes received, %d of %d sent, in step %s)".formatted(
                    STALL_LIMIT.toSeconds(), in.offset(), plan.length(sending == Direction.UP ? Direction.DOWN : Direction.UP),
                    out.offset(), plan.length(sending), step));
        }
    }

    private void enter() {
        if (step instanceof Step.Pause pause) {
            pauseEnd = System.nanoTime() + Duration.ofMillis(pause.millis()).toNanos();
        } else if (step instanceof Step.Send send) {
            sendUntil = send.until();
        }
    }

    /** True when the step is done. */
    private boolean attempt() throws IOException {
        if (step instanceof Step.Reset) {
            // What is not out yet may go or not; the reset discards it either way.
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            return true;
        }
        if (step instanceof Step.AwaitReset) {
            return awaitReset();
        }
        write();
        return switch (step) {
            case Step.Send send -> true;
            case Step.Pause pause -> System.nanoTime() - pauseEnd >= 0;
            case Step.Receive receive -> read(receive.until());
            case Step.End end -> readEnd();
            case Step.HalfClose halfClose -> halfClose();
            default -> throw new IllegalStateException(step.toString());
        };
    }

    private void write() throws IOException {
        while (out.offset() < sendUntil) {
            out.peek(buffer, Math.min(plan.writeSize(), sendUntil - out.offset()));
            int count = channel.write(buffer);
            if (count == 0) {
                return;
            }
            out.sent(buffer);
            lastProgress = System.nanoTime();
        }
    }

    private boolean read(long until) throws IOException {
        while (in.offset() < until) {
            int count = readPiece(until - in.offset());
            if (count == 0) {
                return false;
            }
            if (count < 0) {
                throw in.difference("the end instead of %d more bytes of this message".formatted(until - in.offset()));
            }
        }
        return true;
    }

    private boolean readEnd() throws IOException {
        while (true) {
            int count = readPiece(plan.readSize());
            if (count == 0) {
                return false;
            }
            if (count < 0) {
                in.ended();
                return true;
            }
        }
    }

    private int readPiece(long most) throws IOException {
        buffer.clear().limit((int) Math.min(Math.min(most, plan.readSize()), buffer.capacity()));
        int count = channel.read(buffer);
        if (count > 0) {
            in.received(buffer.flip());
            lastProgress = System.nanoTime();
        }
        return count;
    }

    private boolean halfClose() throws IOException {
        if (out.offset() < sendUntil) {
            return false;
        }
        channel.shutdownOutput();
        return true;
    }

    /** True when the other end may have reset already: this one has only to read what the other sent before, and that is discarded. */
    private boolean awaitsReset() {
        return plan.steps(sending).getLast() instanceof Step.AwaitReset
                && steps.stream().noneMatch(later -> later instanceof Step.Send);
    }

    private boolean closed() {
        try {
            channel.close();
        } catch (IOException e) {
            throw in.difference("the connection could not be closed: " + e.getMessage());
        }
        return true;
    }

    private boolean awaitReset() throws IOException {
        int count;
        do {
            count = readPiece(plan.readSize());
        } while (count > 0);
        if (count < 0) {
            throw in.difference("an ordinary end instead of a reset");
        }
        return false;
    }

    private int interest() {
        int reading = step instanceof Step.Pause || step instanceof Step.HalfClose ? 0 : SelectionKey.OP_READ;
        return reading | (out.offset() < sendUntil && !(step instanceof Step.AwaitReset) ? SelectionKey.OP_WRITE : 0);
    }
}
