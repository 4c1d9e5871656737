package io.sockway.xds.stats;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.function.BiConsumer;

/** Writes JSON. */
final class JsonText {
    private JsonText() {
    }

    static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Appends a string with its quotes. */
    static void string(StringBuilder to, String text) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char symbol = text.charAt(i);
            if (symbol == '"' || symbol == '\\') {
                to.append('\\').append(symbol);
            } else if (symbol < 0x20) {
                to.append("\\u%04x".formatted((int) symbol));
            } else {
                to.append(symbol);
            }
        }
        to.append('"');
    }

    /** Appends an object; {@code value} appends a member's value. */
    static <T> void object(StringBuilder to, Map<String, T> members, BiConsumer<StringBuilder, T> value) {
        to.append('{');
        for (Iterator<Map.Entry<String, T>> next = members.entrySet().iterator(); next.hasNext();) {
            Map.Entry<String, T> member = next.next();
            string(to, member.getKey());
            to.append(':');
            value.accept(to, member.getValue());
            to.append(next.hasNext() ? "," : "");
        }
        to.append('}');
    }
}
