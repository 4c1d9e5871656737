package io.sockway.sidecar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short soak with this build's Sockway, which pauses, detaches or kills it. Needs root. */
class SoakTest {
    @TempDir
    private Path folder;

    @Test
    void shouldFindNoDifferenceAndRedirect() throws Exception {
        Path launcher = Files.writeString(folder.resolve("sockway"), Cli.command().stream()
                .map(word -> "'" + word + "'").collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n")));
        launcher.toFile().setExecutable(true);

        Cli.Result result = Cli.run("bench", "soak", "--duration", "5s", "--connections", "60", "--sockway", launcher.toString());

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines().toList().getLast()).startsWith("total: ").doesNotContain(" 0.0 MiB redirected");
    }
}
