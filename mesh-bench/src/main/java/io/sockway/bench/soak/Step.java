package io.sockway.bench.soak;

/** One thing that an end of a connection does; it goes on to the next step when this one is done. */
sealed interface Step {
    /**
     * Lets bytes up to this offset go out, without waiting for that.
     *
     * @param until offset in the outgoing stream
     */
    record Send(long until) implements Step {
    }

    /**
     * Reads up to this offset; only in this step and in {@link End} an end reads at all.
     *
     * @param until offset in the incoming stream
     */
    record Receive(long until) implements Step {
    }

    /**
     * Does nothing; not even reading.
     *
     * @param millis how long
     */
    record Pause(int millis) implements Step {
    }

    /** Waits until all bytes are handed to the socket, then closes the outgoing half. */
    record HalfClose() implements Step {
    }

    /** Reads up to the end of the stream, which must be complete. */
    record End() implements Step {
    }

    /** Closes with a reset, whatever is under way. */
    record Reset() implements Step {
    }

    /** Waits until the other end's reset arrives, reading up to it. */
    record AwaitReset() implements Step {
    }
}
