package io.sockway.sidecar.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
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

    /** What the sidecar notes of its telemetry, below each other beside a heading. */
    static void printNotes(PrintWriter out, JsonObject telemetry) {
        String heading = "telemetry";
        for (JsonElement note : telemetry.getAsJsonArray("notes")) {
            out.printf("%-11s %s%n", heading, note.getAsString());
            heading = "";
        }
    }

    static String hostPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
