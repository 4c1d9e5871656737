package io.sockway.sidecar.admin;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.Set;

/** The open connections and what they hold. Belongs to the event loop and is used by it alone. */
final class Connections {
    private final Limits limits;
    private final Set<Channel> bySilence = new LinkedHashSet<>();
    private long unwritten;

    Connections(Limits limits) {
        this.limits = limits;
    }

    /** Takes note of a new connection, and closes the one that has been silent for longest if that is one too many. */
    void opened(Channel channel) {
        bySilence.add(channel);
        if (bySilence.size() > limits.connections()) {
            Channel silent = bySilence.iterator().next();
            bySilence.remove(silent);
            silent.close();
        }
    }

    void closed(Channel channel) {
        bySilence.remove(channel);
    }

    /** Takes note of a request, unless the connection has just been given up. */
    void heard(Channel channel) {
        if (bySilence.remove(channel)) {
            bySilence.add(channel);
        }
    }

    void writing(int bytes) {
        unwritten += bytes;
    }

    void written(int bytes) {
        unwritten -= bytes;
    }

    /** Whether clients hold so many unread answers that no further one is made. */
    boolean full() {
        return unwritten >= limits.unwrittenBytes();
    }
}
