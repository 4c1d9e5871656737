package io.sockway.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IncomingStreamTest {
    private static final long SEED = 5;
    private static final long CONNECTION = 3;
    private static final int LENGTH = 10_000;
    private static final int CONTENT = LENGTH - Digests.LENGTH;

    private final byte[] bytes = stream();
    private final IncomingStream incoming =
            new IncomingStream(SEED, CONNECTION, Direction.UP, LENGTH, ByteBuffer.allocate(LENGTH));

    private static byte[] stream() {
        OutgoingStream outgoing = new OutgoingStream(Pattern.of(SEED, CONNECTION, Direction.UP), LENGTH);
        ByteBuffer all = ByteBuffer.allocate(LENGTH);
        ByteBuffer piece = ByteBuffer.allocate(700);
        while (all.hasRemaining()) {
            outgoing.peek(piece, all.remaining());
            // The socket takes less than it is offered.
            int taken = Math.ceilDiv(piece.remaining(), 2);
            all.put(piece.slice(0, taken));
            outgoing.sent(piece.position(taken));
        }
        return all.array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 31, 33, 1_000, LENGTH})
    void shouldAcceptTheStreamInPiecesOfAnySize(int size) {
        receive(bytes, size);
        incoming.ended();
        assertThat(incoming.offset()).isEqualTo(LENGTH);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 999, 1_000, CONTENT - 1})
    void shouldTellWhereAByteDiffers(int at) {
        bytes[at] ^= 0x10;
        assertThatThrownBy(() -> receive(bytes, 1_000)).isInstanceOf(DifferenceException.class)
                .hasMessageStartingWith("connection 3 (mapped redirect), client to server, offset " + at + ": got ");
    }

    @Test
    void shouldCatchAWrongDigest() {
        bytes[LENGTH - 1] ^= 1;
        receive(bytes, 1_000);
        assertThatThrownBy(incoming::ended).isInstanceOf(DifferenceException.class)
                .hasMessageContaining("offset " + CONTENT + ": received SHA-256 ");
    }

    @Test
    void shouldCatchALostByte() {
        System.arraycopy(bytes, 501, bytes, 500, LENGTH - 501);
        assertThatThrownBy(() -> receive(bytes, 1_000)).isInstanceOf(DifferenceException.class).hasMessageContaining("offset 500: got ");
    }

    @Test
    void shouldCatchAnEarlyEnd() {
        incoming.received(ByteBuffer.wrap(bytes, 0, 600));
        assertThatThrownBy(incoming::ended).isInstanceOf(DifferenceException.class)
                .hasMessageEndingWith("offset 600: the end instead of 9400 more bytes");
    }

    @Test
    void shouldCatchBytesAfterTheEnd() {
        receive(bytes, 1_000);
        assertThatThrownBy(() -> incoming.received(ByteBuffer.allocate(2))).isInstanceOf(DifferenceException.class)
                .hasMessageEndingWith("offset 10000: 2 bytes after the end");
    }

    private void receive(byte[] stream, int size) {
        for (int from = 0; from < LENGTH; from += size) {
            incoming.received(ByteBuffer.wrap(stream, from, Math.min(size, LENGTH - from)));
        }
    }
}
