package io.sockway.bench.mixer;

import io.sockway.xds.peers.PeerFile;
import io.sockway.xds.peers.PeerListener;
import io.sockway.xds.peers.PeerTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** A {@link Collector} as a process of its own, so that its CPU time is told apart. It ends when it is told to. */
public final class CollectorMain {
    /** What it prints once it listens. */
    public static final String READY = "collector ready";

    private CollectorMain() {
    }

    /**
     * Runs it.
     *
     * @param args the address to bind, the port of reports, the port of the page, and a file of peers
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        AtomicReference<PeerTable> peers = new AtomicReference<>(PeerTable.EMPTY);
        PeerFile.open(Path.of(args[3]), new PeerListener() {
            @Override
            public void changed(PeerTable table, PeerTable.Changes changes, Duration age) {
                peers.set(table);
            }

            @Override
            public void troubled(String reason) {
                throw new IllegalArgumentException(reason);
            }
        }).close();
        Collector.start(new InetSocketAddress(args[0], Integer.parseInt(args[1])),
                new InetSocketAddress(args[0], Integer.parseInt(args[2])), peers.get());
        System.out.println(READY);
        new CountDownLatch(1).await();
    }
}
