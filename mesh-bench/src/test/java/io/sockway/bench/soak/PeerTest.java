package io.sockway.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A server that is told lies. */
class PeerTest {
    private static final long SEED = 9;
    private static final long CONNECTION = 12;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    @Test
    void shouldStopAtACorruptedByte() throws Exception {
        byte[] first = new byte[1];
        Pattern.of(SEED, CONNECTION, Direction.UP).fill(ByteBuffer.wrap(first), 0);
        first[0] ^= 1;

        assertThat(serve(CONNECTION, first)).isFalse();
        assertThat(output.toString(StandardCharsets.UTF_8)).startsWith(Peer.READY)
                .contains(Peer.DIFFERENCE + "connection 12 (ipv4 direct), client to server, offset 0: got ");
    }

    @Test
    void shouldStopWhenAConnectionEndsEarly() throws Exception {
        assertThat(serve(CONNECTION, new byte[0])).isFalse();
        assertThat(output.toString(StandardCharsets.UTF_8)).contains("client to server, offset 0: the end instead of ");
    }

    @Test
    void shouldEndWellWhenTheClientIsDone() throws Exception {
        assertThat(serve(Peer.LAST_NUMBER, new byte[0])).isTrue();
        assertThat(Tally.last(output.toString(StandardCharsets.UTF_8))).isEqualTo(Tally.ZERO);
    }

    private boolean serve(long number, byte[] bytes) throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            CompletableFuture<Boolean> clean = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    clean.complete(Peer.serve(listener, SEED, new PrintStream(output, true, StandardCharsets.UTF_8)));
                } catch (Exception e) {
                    clean.completeExceptionally(e);
                }
            });
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                client.getOutputStream().write(ByteBuffer.allocate(Plan.HEADER + bytes.length).putLong(number).put(bytes).array());
            }
            return clean.join();
        }
    }
}
