package io.sockway.bench.report;

/** Text as HTML and SVG. */
public final class Html {
    private Html() {
    }

    /** The text with every character that markup gives a meaning to replaced, inside and outside of attributes. */
    public static String escape(Object text) {
        StringBuilder escaped = new StringBuilder();
        String.valueOf(text).chars().forEach(character -> {
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append((char) character);
            }
        });
        return escaped.toString();
    }
}
