package io.sockway.sidecar.admin;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.Set;

/** A server's open connections and the bytes that they hold. Belongs to the event loop and is used by it alone. */
public final class Connections {
    private final int most;
    private final long mostBytes;
    private final Set<Channel> bySilence = new LinkedHashSet<>();
    private long held;

    /**
     * None yet.
     *
     * @param most at a time; one more closes the connection that has been silent for longest
     * @param mostBytes that all of them may hold
     */
    public Connections(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /** Takes note of a new connection, and closes the one that has been silent for longest if that is one too many. */
    public void opened(Channel channel) {
        bySilence.add(channel);
        if (bySilence.size() > most) {
            Channel silent = bySilence.iterator().next();
            bySilence.remove(silent);
            silent.close();
        }
    }

    /** Forgets a connection. */
    public void closed(Channel channel) {
        bySilence.remove(channel);
    }

    /** Takes note of a request, unless the connection has just been given up. */
    public void heard(Channel channel) {
        if (bySilence.remove(channel)) {
            bySilence.add(channel);
        }
    }

    /** Counts bytes that a connection begins to hold. */
    public void hold(long bytes) {
        held += bytes;
    }

    /** Counts bytes that a connection holds no more. */
    public void release(long bytes) {
        held -= bytes;
    }

    /** Whether they hold so many bytes that none should be added. */
    public boolean full() {
        return held >= mostBytes;
    }
}
