package io.sockway.sidecar.cli;

import java.io.PrintWriter;
import java.net.InetSocketAddress;

/** What long-running commands tell, line by line. */
final class Lines {
    private Lines() {
    }

    /** Prints a line at once; several threads may. */
    static void say(PrintWriter out, String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    static String hostPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
