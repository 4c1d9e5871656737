package io.sockway.deploy.pod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The file of a downward API volume that holds a pod's annotations: lines {@code key="value"}, the value as a Go string literal. The
 * kubelet replaces it, by swapping a link, some time after an annotation has changed.
 */
public final class DownwardAnnotations {
    private DownwardAnnotations() {
    }

    /**
     * Reads the file.
     *
     * @throws PodException when it cannot be read, or is no such file
     */
    public static Map<String, String> read(Path file) {
        try {
            return parse(Files.readString(file), file);
        } catch (IOException e) {
            throw new PodException("cannot read the pod's annotations from " + file + ": mount a downward API volume with "
                    + "metadata.annotations there");
        }
    }

    private static Map<String, String> parse(String text, Path file) {
        Map<String, String> annotations = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.split("\n")) {
            number++;
            int equals = line.indexOf("=\"");
            if (line.isBlank()) {
                continue;
            }
            if (equals < 1 || !line.endsWith("\"") || line.length() < equals + 3) {
                throw new PodException(file + ":" + number + ": not of the form key=\"value\"");
            }
            annotations.put(line.substring(0, equals), unquote(line.substring(equals + 2, line.length() - 1), file, number));
        }
        return annotations;
    }

    /** What Go's strconv.Quote has written. */
    private static String unquote(String quoted, Path file, int line) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < quoted.length(); i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escape = ++i < quoted.length() ? quoted.charAt(i) : ' ';
            int digits = switch (escape) {
                case 'x' -> 2;
                case 'u' -> 4;
                case 'U' -> 8;
                default -> 0;
            };
            try {
                if (digits > 0) {
                    text.appendCodePoint(Integer.parseInt(quoted.substring(i + 1, i + 1 + digits), 16));
                    i += digits;
                } else {
                    text.append(plain(escape));
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new PodException(file + ":" + line + ": a wrong escape in the value");
            }
        }
        return text.toString();
    }

    private static char plain(char escape) {
        return switch (escape) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'a' -> '\u0007';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'v' -> '\u000b';
            case '\\', '"', '\'' -> escape;
            default -> throw new IllegalArgumentException();
        };
    }
}
