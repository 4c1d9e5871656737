package io.sockway.xds.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenTransportTest {
    private static final Loops LOOPS = Loops.one("test");

    private final List<String> tried = new ArrayList<>();

    @Test
    void shouldPreferUringThenEpollThenNio() {
        assertThat(Transport.PREFERRED).extracting(Transport::label).containsExactly("io_uring", "epoll", "NIO");
    }

    @Test
    void shouldTakeTheFirstThatWorksAndTryNoOther() {
        OpenTransport open = OpenTransport.firstOf(List.of(working("a"), working("b")), LOOPS);

        assertThat(open.description()).isEqualTo("a");
        assertThat(tried).containsExactly("a");
    }

    @Test
    void shouldSayWhyEarlierOnesWereNotTaken() {
        OpenTransport open = OpenTransport.firstOf(List.of(
                broken("a", new UnsatisfiedLinkError("failed to load"), new IOException("io_uring_setup: Operation not permitted")),
                broken("b", new IllegalStateException("no library\nat all"), null),
                working("c")), LOOPS);

        assertThat(open.description()).isEqualTo("c (no a: io_uring_setup: Operation not permitted; no b: no library)");
        assertThat(open.transport().serverChannel()).isEqualTo(NioServerSocketChannel.class);
        assertThat(tried).containsExactly("a", "b", "c");
    }

    @Test
    void shouldFailLikeTheLastOne() {
        assertThatIllegalStateException().isThrownBy(() -> OpenTransport.firstOf(List.of(
                broken("a", new UnsatisfiedLinkError("x"), null), broken("b", new IllegalStateException("no selector"), null)), LOOPS))
                .withMessage("no selector");
    }

    private Transport working(String label) {
        return new FakeTransport(label, null);
    }

    private Transport broken(String label, Throwable failure, Throwable cause) {
        if (cause != null) {
            failure.initCause(cause);
        }
        return new FakeTransport(label, failure);
    }

    private final class FakeTransport implements Transport {
        private final String label;
        private final Throwable failure;

        FakeTransport(String label, Throwable failure) {
            this.label = label;
            this.failure = failure;
        }

        @Override
        public String label() {
            return label;
        }

        @Override
        public EventLoopGroup open(Loops loops) {
            tried.add(label);
            switch (failure) {
                case null -> {
                    return null;
                }
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new AssertionError(failure);
            }
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return NioServerSocketChannel.class;
        }

        @Override
        public Class<? extends SocketChannel> channel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Class<? extends ServerChannel> unixServerChannel() {
            throw new UnsupportedOperationException();
        }

        @Override
        public SocketAddress unixAddress(Path path) {
            throw new UnsupportedOperationException();
        }
    }
}
