package io.sockway.bench.hop;

import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.ProcessSpec;
import io.sockway.bench.lab.Resource;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.lab.User;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.StandardProtocolFamily;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link Peer} process and the line to it. The scope that it was started in owns both. */
final class Control {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final LabProcess process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    private Control(LabProcess process, SocketChannel channel) {
        this.process = process;
        this.answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.orders = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8), true);
    }

    /** Starts the process; {@code socket} is a path for the line that nothing has yet. */
    static Control start(Scope scope, ProcessGroup group, String name, Path socket) {
        ServerSocketChannel listener = scope.own(() -> new Channel<>(listen(socket))).channel();
        LabProcess process = group.start(scope, new ProcessSpec(name, User.ROOT, command(socket)));
        SocketChannel channel = within(START_LIMIT, process, "did not start", listener::accept);
        scope.own(() -> new Channel<>(channel));
        return new Control(process, channel);
    }

    void order(String line) {
        orders.println(line);
    }

    /** What follows {@code word} in the next answer, which has to begin with it. */
    String answer(String word, Duration limit) {
        String line = within(limit, process, "did not answer", answers::readLine);
        if (line == null) {
            throw process.failure("ended");
        }
        if (line.startsWith(Peer.FAILED)) {
            throw new LabException(process.name() + ": " + line.substring(Peer.FAILED.length()).strip());
        }
        if (!line.startsWith(word)) {
            throw process.failure("answered \"" + line + "\"");
        }
        return line.substring(word.length()).strip();
    }

    private static List<String> command(Path socket) {
        try {
            Path code = Path.of(Peer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms24m", "-Xmx24m", "-Xss512k",
                    "-XX:+UseSerialGC", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED", "-cp", code.toString(),
                    Peer.class.getName(), socket.toString());
        } catch (URISyntaxException e) {
            throw new LabException("cannot tell where the classes of this program are", e);
        }
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
