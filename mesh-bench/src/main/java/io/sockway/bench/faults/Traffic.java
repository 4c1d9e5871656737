package io.sockway.bench.faults;

import io.sockway.bench.lab.Command;
import io.sockway.bench.lab.Cpus;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.Tool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Sockets of both namespaces with the threads that use them; closing closes the sockets, by which the threads end. */
final class Traffic implements Load {
    private static final int PORT = 8080;
    private static final int CHUNK = 64 << 10;
    private static final int FLOWS = 16;
    private static final int QUEUE = 4096;
    private static final Duration SETTLE = Duration.ofMillis(500);
    private static final Duration MEASURED = Duration.ofSeconds(2);
    private static final double MEGABYTE = 1e6;

    private final List<AutoCloseable> sockets = new CopyOnWriteArrayList<>();
    private final AtomicLong counted = new AtomicLong();
    private final boolean rate;
    private final double unit;
    private volatile boolean closed;

    private Traffic(boolean rate, double unit) {
        this.rate = rate;
        this.unit = unit;
    }

    /** A socket's use, which ends with an exception when the socket is closed. */
    @FunctionalInterface
    private interface Use {
        void run() throws IOException, InterruptedException;
    }

    private <T extends AutoCloseable> T own(T socket) {
        sockets.add(socket);
        return socket;
    }

    private void start(Use use) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                use.run();
            } catch (IOException | InterruptedException | LabException e) {
                if (!closed) {
                    throw new LabException("traffic ended", e);
                }
            }
        });
    }

    /** One TCP connection with as many bytes as go through; counts them where they arrive. */
    static Traffic stream(Bench bench) {
        Traffic traffic = new Traffic(true, MEGABYTE);
        ServerSocketChannel listener = traffic.own(listen(bench));
        SocketChannel sender = traffic.own(bench.in(Place.CLIENT, () -> SocketChannel.open(new InetSocketAddress(bench.address(), PORT))));
        traffic.start(() -> {
            SocketChannel receiver = traffic.own(listener.accept());
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
            for (int n = 0; n >= 0; n = receiver.read(buffer.clear())) {
                traffic.counted.addAndGet(n);
            }
        });
        traffic.start(() -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
            while (!traffic.closed) {
                sender.write(buffer.clear());
            }
        });
        return traffic;
    }

    /** Small datagrams of several flows from one CPU, to a socket that nobody reads; counts what is sent. */
    static Traffic datagrams(Bench bench) {
        Traffic traffic = new Traffic(true, 1);
        traffic.own(bench.in(Place.SERVER, () -> DatagramChannel.open().bind(new InetSocketAddress(bench.address(), PORT))));
        List<DatagramChannel> senders = new ArrayList<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            senders.add(traffic.own(bench.in(Place.CLIENT, () ->
                    DatagramChannel.open().connect(new InetSocketAddress(bench.address(), PORT)))));
        }
        traffic.start(() -> {
            keepToFirstCpu();
            ByteBuffer byteOnly = ByteBuffer.allocateDirect(1);
            while (!traffic.closed) {
                for (DatagramChannel sender : senders) {
                    traffic.counted.addAndGet(sender.write(byteOnly.clear()));
                }
            }
        });
        return traffic;
    }

    /**
     * So many connections that stay open; counts those that were established. Those that were not, and a few others, are tried again and
     * again.
     *
     * @param accepted whether the server takes them
     */
    static Traffic connections(Bench bench, int wanted, boolean accepted) {
        Traffic traffic = new Traffic(false, 1);
        ServerSocketChannel listener = traffic.own(listen(bench));
        if (accepted) {
            traffic.start(() -> {
                while (!traffic.closed) {
                    traffic.own(listener.accept());
                }
            });
        }
        traffic.start(() -> bench.in(Place.CLIENT, () -> {
            traffic.keepConnected(new InetSocketAddress(bench.address(), PORT), wanted);
            return null;
        }));
        return traffic;
    }

    private void keepConnected(InetSocketAddress server, int wanted) throws IOException, InterruptedException {
        List<SocketChannel> open = new ArrayList<>();
        while (!closed) {
            while (open.size() < wanted && !closed) {
                SocketChannel socket = SocketChannel.open();
                socket.configureBlocking(false);
                try {
                    socket.connect(server);
                } catch (IOException e) {
                    socket.close();
                    break;
                }
                open.add(own(socket));
            }
            Thread.sleep(SETTLE.dividedBy(2).toMillis());
            counted.set(open.stream().filter(Traffic::established).count());
            for (SocketChannel late : open.stream().filter(socket -> !established(socket)).toList()) {
                late.close();
                open.remove(late);
            }
        }
    }

    private static boolean established(SocketChannel socket) {
        try {
            return socket.isConnected() || socket.finishConnect();
        } catch (IOException e) {
            return false;
        }
    }

    private static ServerSocketChannel listen(Bench bench) {
        return bench.in(Place.SERVER, () -> ServerSocketChannel.open().bind(new InetSocketAddress(bench.address(), PORT), QUEUE));
    }

    /** The link of /proc/thread-self is PID/task/TID. */
    private static void keepToFirstCpu() throws IOException {
        Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName();
        Command.of(Tool.TASKSET.path(), "-p", "-c", Cpus.allowed().getFirst(), thread).run();
    }

    @Override
    public double gotThrough() {
        try {
            Thread.sleep(SETTLE.multipliedBy(rate ? 1 : 4));
            if (!rate) {
                return counted.get();
            }
            long before = counted.get();
            long started = System.nanoTime();
            Thread.sleep(MEASURED);
            return (counted.get() - before) / unit / ((System.nanoTime() - started) / 1e9);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (AutoCloseable socket : sockets) {
            try {
                socket.close();
            } catch (Exception e) {
                throw new LabException("cannot close a socket", e);
            }
        }
    }
}
