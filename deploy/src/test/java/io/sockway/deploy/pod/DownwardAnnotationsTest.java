package io.sockway.deploy.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownwardAnnotationsTest {
    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("annotations"), text);
    }

    @Test
    void shouldReadWhatTheKubeletWrites() throws IOException {
        assertThat(DownwardAnnotations.read(file("""
                a.b/c="x=\\"1\\"\\n\\ty\\\\z"
                sockway.io/acceleration="on"
                unicode="\\u00e9\\U0001f389é\\x07"
                empty=""
                """))).containsEntry("a.b/c", "x=\"1\"\n\ty\\z").containsEntry("sockway.io/acceleration", "on")
                .containsEntry("unicode", "é🎉é\u0007").containsEntry("empty", "").hasSize(4);
        assertThat(DownwardAnnotations.read(file(""))).isEmpty();
    }

    @Test
    void shouldNameTheLineThatIsWrong() throws IOException {
        for (String wrong : new String[] {"a=b", "a", "a=\"", "=\"b\"", "a=\"\\q\"", "a=\"\\u12\"", "a=\"\\\""}) {
            Path file = file("x=\"y\"\n" + wrong + "\n");
            assertThatThrownBy(() -> DownwardAnnotations.read(file)).as(wrong).isInstanceOf(PodException.class)
                    .hasMessageStartingWith(file + ":2: ");
        }
        assertThatThrownBy(() -> DownwardAnnotations.read(folder.resolve("none"))).hasMessageContaining("downward API volume");
    }
}
