package io.sockway.bench.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The program of both child processes: many conversations on one thread, none of which blocks.
 *
 * <p>It prints {@link #READY}, then its {@link Tally} every second and at the end, and stands still after one line that begins with
 * {@link #DIFFERENCE} if a connection did not carry what it should have.
 */
final class Peer {
    /** A server accepts, or a client is about to connect. */
    static final String READY = "ready";
    /** The beginning of a line that says what is wrong. */
    static final String DIFFERENCE = "difference: ";
    /** The number by which a client says that it will open no more connections. */
    static final long LAST_NUMBER = -1;

    private static final long TICK_MILLIS = 3;
    private static final Duration REPORT_INTERVAL = Duration.ofSeconds(1);
    private static final int BACKLOG = 4096;

    private final long seed;
    private final PrintStream out;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(Plan.LARGEST);
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(Plan.LARGEST);
    private Tally tally = Tally.ZERO;
    private boolean last;

    private Peer(long seed, PrintStream out) throws IOException {
        this.seed = seed;
        this.out = out;
        this.selector = Selector.open();
    }

    /** Arguments: server STACK SEED, or client STACK SEED CONNECTIONS SECONDS. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Route.Stack stack = Route.Stack.valueOf(arguments[1]);
        long seed = Long.parseLong(arguments[2]);
        boolean clean = arguments[0].equals("server")
                ? serve(ServerSocketChannel.open().bind(new InetSocketAddress(stack.listening()), BACKLOG), seed, System.out)
                : dial(stack, seed, Integer.parseInt(arguments[3]), Duration.ofSeconds(Long.parseLong(arguments[4])), System.out);
        if (!clean) {
            // Its end would close its connections, and the other side would find that to be a difference too.
            new CountDownLatch(1).await();
        }
    }

    /** Answers until a client has said that it is done, and all connections have ended; false after a difference. */
    static boolean serve(ServerSocketChannel listener, long seed, PrintStream out) throws IOException {
        Peer peer = new Peer(seed, out);
        listener.configureBlocking(false);
        listener.register(peer.selector, SelectionKey.OP_ACCEPT);
        return peer.run(() -> {
        });
    }

    /** Keeps so many connections open for so long, then lets them end; false after a difference. */
    private static boolean dial(Route.Stack stack, long seed, int connections, Duration duration, PrintStream out) throws IOException {
        Peer peer = new Peer(seed, out);
        List<Route> routes = List.of(Route.values());
        long end = System.nanoTime() + duration.toNanos();
        long[] next = {0};
        return peer.run(() -> {
            boolean dialling = System.nanoTime() - end < 0;
            while (dialling && peer.selector.keys().size() < connections) {
                if (routes.get((int) (next[0] % routes.size())).stack() == stack) {
                    peer.connect(next[0], Route.of(next[0]).dialled());
                }
                next[0]++;
            }
            if (!dialling && !peer.last && peer.selector.keys().isEmpty()) {
                peer.last = true;
                peer.connect(LAST_NUMBER, new InetSocketAddress("127.0.0.1", stack.listening()));
            }
        });
    }

    /** What a client does between two rounds. */
    private interface Dialler {
        void dial() throws IOException;
    }

    private boolean run(Dialler dialler) throws IOException {
        out.println(READY);
        long reported = System.nanoTime();
        try (selector) {
            do {
                dialler.dial();
                selector.select(this::ready, TICK_MILLIS);
                long now = System.nanoTime();
                selector.keys().forEach(key -> tick(key, now));
                if (now - reported > REPORT_INTERVAL.toNanos()) {
                    reported = now;
                    out.println(tally.line());
                }
            } while (!last || selector.keys().stream().anyMatch(key -> !(key.channel() instanceof ServerSocketChannel)));
        } catch (DifferenceException e) {
            out.println(tally.line());
            out.println(DIFFERENCE + e.getMessage());
            return false;
        }
        out.println(tally.line());
        return true;
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept((ServerSocketChannel) key.channel());
            } else if (key.attachment() instanceof Long number) {
                connected(key, number);
            } else if (key.attachment() instanceof ByteBuffer header) {
                greet(key, header);
            } else {
                advance(key, (Conversation) key.attachment());
            }
        } catch (IOException e) {
            throw new DifferenceException(key.attachment() instanceof Long number ? number : LAST_NUMBER, Direction.UP, 0,
                    "the connection could not be opened: " + e.getMessage());
        }
    }

    private void tick(SelectionKey key, long now) {
        if (key.isValid() && key.attachment() instanceof Conversation conversation) {
            if (conversation.due(now)) {
                advance(key, conversation);
            }
            conversation.checkStalled(now);
        }
    }

    private void accept(ServerSocketChannel listener) throws IOException {
        for (SocketChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
            register(channel, SelectionKey.OP_READ, ByteBuffer.allocate(Plan.HEADER));
        }
    }

    private void connect(long number, InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        register(channel, SelectionKey.OP_CONNECT, number);
        if (channel.connect(address)) {
            connected(channel.keyFor(selector), number);
        }
    }

    private void register(SocketChannel channel, int interest, Object attachment) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, interest, attachment);
    }

    private void connected(SelectionKey key, long number) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (!channel.isConnected() && !channel.finishConnect()) {
            return;
        }
        channel.write(ByteBuffer.allocate(Plan.HEADER).putLong(0, number));
        if (number == LAST_NUMBER) {
            channel.close();
        } else {
            converse(key, number, Direction.UP);
        }
    }

    private void greet(SelectionKey key, ByteBuffer header) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (channel.read(header) < 0) {
            throw new ClosedChannelException();
        }
        if (header.hasRemaining()) {
            return;
        }
        if (header.getLong(0) == LAST_NUMBER) {
            last = true;
            channel.close();
        } else {
            converse(key, header.getLong(0), Direction.DOWN);
        }
    }

    private void converse(SelectionKey key, long number, Direction sending) {
        Conversation conversation = new Conversation(seed, number, sending, key, buffer, scratch);
        key.attach(conversation);
        advance(key, conversation);
    }

    private void advance(SelectionKey key, Conversation conversation) {
        long sent = conversation.sent();
        long received = conversation.received();
        boolean ended = conversation.advance();
        tally = tally.plus(new Tally(ended ? 1 : 0, ended && conversation.wasReset() ? 1 : 0, conversation.sent() - sent,
                conversation.received() - received));
        if (ended) {
            key.cancel();
        }
    }
}
