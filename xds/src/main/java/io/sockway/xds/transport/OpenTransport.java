package io.sockway.xds.transport;

import io.netty.channel.EventLoopGroup;
import java.util.List;

/**
 * The transport that runs.
 *
 * @param group its event loops, which the holder shuts down
 * @param transport which it is
 * @param description its name, and why those before it were not taken
 */
public record OpenTransport(EventLoopGroup group, Transport transport, String description) {

    /** Opens the first that works; where none does, fails like the last one. */
    public static OpenTransport firstOf(List<Transport> transports, Loops loops) {
        StringBuilder skipped = new StringBuilder();
        for (Transport transport : transports.subList(0, transports.size() - 1)) {
            try {
                return open(transport, loops, skipped);
            } catch (RuntimeException | LinkageError e) {
                skipped.append(skipped.isEmpty() ? " (" : "; ").append("no ").append(transport.label()).append(": ").append(Causes.line(e));
            }
        }
        return open(transports.getLast(), loops, skipped);
    }

    private static OpenTransport open(Transport transport, Loops loops, StringBuilder skipped) {
        EventLoopGroup group = transport.open(loops);
        return new OpenTransport(group, transport, transport.label() + skipped + (skipped.isEmpty() ? "" : ")"));
    }
}
