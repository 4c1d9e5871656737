package io.sockway.bench.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/**
 * A process of this program's own and the line to it: orders go there, answers come back, each a line. An answer that begins with
 * {@value #FAILED} tells of a failure. The scope that it was started in owns both. For one thread.
 */
public final class Control {
    /** How an answer begins that says what failed. */
    public static final String FAILED = "failed";

    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final LabProcess process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    private Control(LabProcess process, SocketChannel channel) {
        this.process = process;
        this.answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.orders = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), true);
    }

    /**
     * Starts a process and returns when it has connected.
     *
     * @param java arguments of the JVM, up to and with the main class, which gets {@code socket} as its only argument
     * @param socket a path for the line that nothing has yet
     */
    public static Control start(Scope scope, ProcessGroup group, ProcessSpec java, Path socket) {
        ServerSocketChannel listener = scope.own(() -> new Channel<>(listen(socket))).channel();
        LabProcess process = group.start(scope, java(java, socket));
        SocketChannel channel = within(START_LIMIT, process, "did not start", listener::accept);
        scope.own(() -> new Channel<>(channel));
        return new Control(process, channel);
    }

    /**
     * The other end: hands each order, and where its answers go, to {@code obey}, until the line closes.
     *
     * @param socket as the process was told
     */
    public static void serve(String socket, BiConsumer<String, PrintWriter> obey) throws IOException {
        try (SocketChannel control = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                BufferedReader orders = new BufferedReader(Channels.newReader(control, StandardCharsets.UTF_8));
                PrintWriter answers = new PrintWriter(Channels.newWriter(control, StandardCharsets.UTF_8), true)) {
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                obey.accept(order, answers);
            }
        }
    }

    public LabProcess process() {
        return process;
    }

    /** Sends an order. */
    public void order(String line) {
        orders.println(line);
    }

    /** What follows {@code word} in the next answer, which has to begin with it. */
    public String answer(String word, Duration limit) {
        String line = within(limit, process, "did not answer", answers::readLine);
        if (line == null) {
            throw process.failure("ended");
        }
        if (line.startsWith(FAILED)) {
            throw new LabException(process.name() + ": " + line.substring(FAILED.length()).strip());
        }
        if (!line.startsWith(word)) {
            throw process.failure("answered \"" + line + "\"");
        }
        return line.substring(word.length()).strip();
    }

    private static ProcessSpec java(ProcessSpec arguments, Path socket) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(arguments.command());
        command.add(socket.toString());
        return new ProcessSpec(arguments.name(), arguments.user(), command);
    }

    private static ServerSocketChannel listen(Path socket) {
        try {
            Files.deleteIfExists(socket);
            return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new LabException("cannot listen on " + socket, e);
        }
    }

    private interface Wait<T> {
        T complete() throws IOException;
    }

    /** A thread that waits in vain ends when the scope closes its channel. */
    private static <T> T within(Duration limit, LabProcess process, String complaint, Wait<T> wait) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("control").start(() -> {
            try {
                result.complete(wait.complete());
            } catch (IOException e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw process.failure("%s within %d s".formatted(complaint, limit.toSeconds()));
        } catch (ExecutionException e) {
            throw new LabException("lost the line to " + process.name(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting for " + process.name(), e);
        }
    }

    /** A channel that a scope can own. */
    private record Channel<T extends java.nio.channels.Channel>(T channel) implements Resource {
        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new LabException("cannot close a control socket", e);
            }
        }
    }
}
