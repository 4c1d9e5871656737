package io.sockway.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class OpenTransportTest {
    private static final ThreadFactory THREADS = Thread.ofPlatform().daemon().factory();

    private final List<String> tried = new ArrayList<>();

    @Test
    void shouldPreferUringThenEpollThenNio() {
        assertThat(Transport.PREFERRED).extracting(Transport::label).containsExactly("io_uring", "epoll", "NIO");
    }

    @Test
    void shouldTakeTheFirstThatWorksAndTryNoOther() {
        OpenTransport open = OpenTransport.firstOf(List.of(working("a"), working("b")), THREADS);

        assertThat(open.description()).isEqualTo("a");
        assertThat(tried).containsExactly("a");
    }

    @Test
    void shouldSayWhyEarlierOnesWereNotTaken() {
        OpenTransport open = OpenTransport.firstOf(List.of(
                broken("a", new UnsatisfiedLinkError("failed to load"), new IOException("io_uring_setup: Operation not permitted")),
                broken("b", new IllegalStateException("no library\nat all"), null),
                working("c")), THREADS);

        assertThat(open.description()).isEqualTo("c (no a: io_uring_setup: Operation not permitted; no b: no library)");
        assertThat(open.serverChannel()).isEqualTo(NioServerSocketChannel.class);
        assertThat(tried).containsExactly("a", "b", "c");
    }

    @Test
    void shouldFailLikeTheLastOne() {
        assertThatIllegalStateException().isThrownBy(() -> OpenTransport.firstOf(List.of(
                broken("a", new UnsatisfiedLinkError("x"), null), broken("b", new IllegalStateException("no selector"), null)), THREADS))
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
        public EventLoopGroup open(ThreadFactory threads) {
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
    }
}
