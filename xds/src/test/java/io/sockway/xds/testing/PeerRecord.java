package io.sockway.xds.testing;

import io.sockway.xds.peers.PeerListener;
import io.sockway.xds.peers.PeerTable;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a source of peers tells. */
public final class PeerRecord implements PeerListener {
    /** One call. */
    public record Told(PeerTable table, PeerTable.Changes changes, Duration age) {
    }

    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> troubles = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> recoveries = new LinkedBlockingQueue<>();

    @Override
    public void changed(PeerTable table, PeerTable.Changes changes, Duration age) {
        told.add(new Told(table, changes, age));
    }

    @Override
    public void troubled(String reason) {
        troubles.add(reason);
    }

    @Override
    public void recovered() {
        recoveries.add(true);
    }

    public boolean recovery() throws InterruptedException {
        return taken(recoveries);
    }

    public int recoveries() {
        return recoveries.size();
    }

    public Told next() throws InterruptedException {
        return taken(told);
    }

    public String trouble() throws InterruptedException {
        return taken(troubles);
    }

    public boolean silentFor(Duration time) throws InterruptedException {
        return told.poll(time.toMillis(), TimeUnit.MILLISECONDS) == null;
    }

    private static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing was told");
        }
        return next;
    }
}
