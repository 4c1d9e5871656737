package io.sockway.xds.peers;

import java.time.Duration;

/** Is told of addresses and workloads; called from one thread at a time. */
public interface PeerListener {

    /**
     * Somebody came, went or changed.
     *
     * @param table all that are known now
     * @param changes since the last call; everything at the first
     * @param age how long ago the source heard of the first of these changes
     */
    void changed(PeerTable table, PeerTable.Changes changes, Duration age);

    /**
     * The source cannot be read at the moment. What was told before stays, and the source tries again by itself.
     *
     * @param reason one line that names the thing and the remedy
     */
    void troubled(String reason);

    /** The trouble that was told is over; the table is the one that was told last. */
    default void recovered() {
    }
}
