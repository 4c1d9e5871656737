package io.sockway.xds.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where a server listens: a Unix socket or a TCP port. */
public sealed interface ListenAddress {

    /**
     * A Unix socket; who may write to the file may connect.
     *
     * @param path of the socket, which is made by the server and removed when it ends
     */
    record UnixSocket(Path path) implements ListenAddress {
        /** Of a path, as the kernel takes it, without the zero at the end. */
        public static final int MOST_BYTES = 107;

        /** Refuses, with an {@link IllegalArgumentException}, a path that is too long for a socket. */
        public UnixSocket {
            int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MOST_BYTES) {
                throw new IllegalArgumentException("the path of a Unix socket has at most %d bytes, and %s has %d: choose a shorter one"
                        .formatted(MOST_BYTES, path, bytes));
            }
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * A TCP port.
     *
     * @param address with a resolved host; port 0 takes a free one
     */
    record TcpPort(InetSocketAddress address) implements ListenAddress {
        @Override
        public String toString() {
            String host = address.getAddress().getHostAddress();
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
        }
    }

    /**
     * Reads {@code unix:PATH} or {@code HOST:PORT}; an IPv6 address is put in brackets.
     *
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    static ListenAddress parse(String text) {
        if (text.startsWith("unix:")) {
            String path = text.substring("unix:".length());
            if (path.isEmpty()) {
                throw new IllegalArgumentException("'unix:' lacks the path of the socket, for example unix:/run/sockway/xds.sock");
            }
            return new UnixSocket(Path.of(path));
        }
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, colon).replaceAll("^\\[|]$", "");
            InetAddress address = InetAddress.getByName(host.isEmpty() ? "0.0.0.0" : host);
            return new TcpPort(new InetSocketAddress(address, Integer.parseInt(text.substring(colon + 1))));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the host of '" + text + "' is not known", e);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is neither unix:PATH nor HOST:PORT", e);
        }
    }
}
