package io.sockway.bench.mixer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The words that both ends of mixer's protocol know by their number; those of Istio 1.4, with the quotes that some of them have. */
final class GlobalWords {
    static final List<String> ALL = read();

    private GlobalWords() {
    }

    private static List<String> read() {
        try (InputStream in = GlobalWords.class.getResourceAsStream("words.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
