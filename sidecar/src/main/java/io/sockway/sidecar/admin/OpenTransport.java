package io.sockway.sidecar.admin;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * The transport that runs.
 *
 * @param group its event loop, which the holder shuts down
 * @param serverChannel what listens on it
 * @param description its name, and why those before it were not taken
 */
public record OpenTransport(EventLoopGroup group, Class<? extends ServerSocketChannel> serverChannel, String description) {

    /** Opens the first that works; where none does, fails like the last one. */
    public static OpenTransport firstOf(List<Transport> transports, ThreadFactory threads) {
        StringBuilder skipped = new StringBuilder();
        for (Transport transport : transports.subList(0, transports.size() - 1)) {
            try {
                return open(transport, threads, skipped);
            } catch (RuntimeException | LinkageError e) {
                skipped.append(skipped.isEmpty() ? " (" : "; ").append("no ").append(transport.label()).append(": ").append(Causes.line(e));
            }
        }
        return open(transports.getLast(), threads, skipped);
    }

    private static OpenTransport open(Transport transport, ThreadFactory threads, StringBuilder skipped) {
        EventLoopGroup group = transport.open(threads);
        return new OpenTransport(group, transport.serverChannel(),
                transport.label() + skipped + (skipped.isEmpty() ? "" : ")"));
    }
}
