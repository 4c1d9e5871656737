package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The end that listens. It checks what it gets, answers if the pattern asks for it, and says at the end how many messages came. */
final class Server {
    /** What a receiver offers at least, as servers do. */
    static final int LEAST_BUFFER = 64 << 10;

    private Server() {
    }

    /** Runs {@code listening} once it can be connected to, and returns when the client is done. */
    static void serve(Assignment assignment, Runnable listening) {
        int listener = Connection.listen(assignment);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(assignment.bytes(), LEAST_BUFFER));
            Message answer = new Message(arena, assignment.bytes());
            Message expected = new Message(arena, assignment.bytes());
            listening.run();
            if (assignment.pattern() == Pattern.CONNECT) {
                boolean more = true;
                while (more) {
                    more = serveOne(listener, assignment, buffer, answer, expected);
                }
            } else {
                serveAll(listener, assignment, buffer, answer, expected);
            }
        } finally {
            Libc.close(listener);
        }
    }

    /** One connection to its end. */
    private static void serveAll(int listener, Assignment assignment, MemorySegment buffer, Message answer, Message expected) {
        try (Connection connection = Connection.accept(listener, assignment)) {
            boolean answers = assignment.pattern() != Pattern.STREAM;
            long answered = 0;
            for (long received = receive(connection, buffer); received >= 0; received = receive(connection, buffer)) {
                expected.check(buffer, received);
                for (; answers && answered < expected.checked(); answered++) {
                    connection.sendAll(answer.stamped(answered), assignment.bytes());
                }
            }
            buffer.set(JAVA_LONG, 0, expected.checked());
            connection.sendAll(buffer.address(), Long.BYTES);
        }
    }

    /** One connection of one request; false for the last one, which has none. */
    private static boolean serveOne(int listener, Assignment assignment, MemorySegment buffer, Message answer, Message expected) {
        try (Connection connection = Connection.accept(listener, assignment)) {
            long before = expected.checked();
            while (expected.checked() == before) {
                long received = receive(connection, buffer);
                if (received < 0) {
                    return false;
                }
                expected.check(buffer, received);
            }
            connection.sendAll(answer.stamped(before), assignment.bytes());
            return true;
        }
    }

    private static long receive(Connection connection, MemorySegment buffer) {
        connection.awaitReadable();
        return connection.receive(buffer);
    }
}
