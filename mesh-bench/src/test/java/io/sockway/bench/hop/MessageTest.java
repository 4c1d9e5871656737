package io.sockway.bench.hop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("restricted")
class MessageTest {
    private static final int MESSAGES = 200;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64, 1_000})
    void shouldAcceptWhatWasSentInPiecesOfAnyLength(int length) {
        MemorySegment sent = stream(length);
        Message expected = new Message(arena, length);
        int completed = 0;
        long at = 0;
        for (long piece = 1; at < sent.byteSize(); piece = piece % 97 + 5) {
            long count = Math.min(piece, sent.byteSize() - at);
            completed += expected.check(sent.asSlice(at, count), count);
            at += count;
        }
        assertThat(completed).isEqualTo(MESSAGES);
        assertThat(expected.checked()).isEqualTo(MESSAGES);
    }

    @Test
    void shouldSeeAByteThatChanged() {
        MemorySegment sent = stream(10);
        sent.set(JAVA_BYTE, 64 * 10 + 5, (byte) 0);

        assertThatThrownBy(() -> new Message(arena, 10).check(sent, sent.byteSize()))
                .isInstanceOf(HopException.class).hasMessageContaining("message 64 of 10 bytes");
    }

    @Test
    void shouldSeeAByteThatIsMissing() {
        MemorySegment sent = stream(10);

        assertThatThrownBy(() -> new Message(arena, 10).check(sent.asSlice(1), sent.byteSize() - 1)).isInstanceOf(HopException.class);
    }

    private MemorySegment stream(int length) {
        Message message = new Message(arena, length);
        MemorySegment stream = arena.allocate((long) length * MESSAGES);
        for (int number = 0; number < MESSAGES; number++) {
            stream.asSlice((long) number * length, length).copyFrom(MemorySegment.ofAddress(message.stamped(number)).reinterpret(length));
        }
        return stream;
    }
}
