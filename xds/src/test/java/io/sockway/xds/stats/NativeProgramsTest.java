package io.sockway.xds.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin's C under AddressSanitizer and UndefinedBehaviorSanitizer. */
class NativeProgramsTest {
    @TempDir
    private Path folder;

    @Test
    void shouldBehaveWhenEnvoysCallsArePlayed() throws Exception {
        assertThat(run(program("harness"), folder.resolve("slabs").toString())).isEqualTo("0: all as it should be\n");
    }

    @Test
    void shouldSurviveWhatAFuzzerFindsInSeconds() throws Exception {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        try (Stream<Path> seeds = Files.list(Path.of("src/test/c/corpus"))) {
            for (Path seed : (Iterable<Path>) seeds::iterator) {
                Files.copy(seed, corpus.resolve(seed.getFileName()));
            }
        }
        assertThat(run(program("fuzz"), "-max_total_time=5", "-max_len=700", "-dict=src/test/c/config.dict", "-verbosity=0",
                corpus.toString())).startsWith("0: ");
    }

    private static String program(String name) throws URISyntaxException {
        return Path.of(NativeProgramsTest.class.getResource("/plugin/" + name).toURI()).toString();
    }

    private String run(String... command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        int status = process.waitFor();
        return status + ": " + Files.readString(output);
    }
}
