package io.sockway.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Ends a wait of another thread, and every later one. Thread-safe but for {@link #close()}. */
public final class Alarm implements AutoCloseable {
    private final FileDescriptor event = new FileDescriptor(BpfException.check(Libc.eventfd(), "make", "eventfd"));

    /** Ends the waits. */
    public void ring() {
        try (Arena arena = Arena.ofConfined()) {
            Libc.write(event.value(), arena.allocateFrom(ValueLayout.JAVA_LONG, 1));
        }
    }

    int fd() {
        return event.value();
    }

    @Override
    public void close() {
        event.close();
    }
}
