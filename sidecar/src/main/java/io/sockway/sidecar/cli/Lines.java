package io.sockway.sidecar.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What long-running commands tell, line by line. */
final class Lines {
    private Lines() {
    }

    /** Prints a line at once; several threads may. */
    static void say(PrintWriter out, String line) {
        synchronized (out) {
            out.println(printable(line));
            out.flush();
        }
    }

    /**
     * Without what would move a terminal's cursor or more, but for line breaks, and without what shows nothing or turns the order of other
     * characters around: names and reasons may come from elsewhere.
     */
    static String printable(String text) {
        return text.codePoints().noneMatch(Lines::controls) ? text : text.codePoints().map(c -> controls(c) ? '\ufffd' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    private static boolean controls(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL -> character != '\n';
            case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** What the sidecar notes of its telemetry, below each other beside a heading. */
    static List<String> notes(JsonObject telemetry) {
        List<String> lines = new ArrayList<>();
        for (JsonElement note : telemetry.getAsJsonArray("notes")) {
            lines.add("%-11s %s".formatted(lines.isEmpty() ? "telemetry" : "", note.getAsString()));
        }
        return lines;
    }

    static String hostPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
