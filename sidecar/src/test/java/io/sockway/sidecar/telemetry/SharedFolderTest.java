package io.sockway.sidecar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.sockway.xds.stats.StatsPlugin;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFolderTest {
    @TempDir
    private Path root;

    private static SharedFolder filled(Path path) throws Exception {
        SharedFolder folder = new SharedFolder(path);
        folder.make();
        assertThat(folder.install(StatsPlugin.bundled())).exists();
        return folder;
    }

    @Test
    void shouldTakeBackWhatItMade() throws Exception {
        filled(root.resolve("a/b")).discard();

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void shouldLeaveWhatOthersMade() throws Exception {
        filled(root.resolve("a"));
        SharedFolder second = filled(root.resolve("a"));

        second.discard();

        assertThat(root.resolve("a").resolve(StatsPlugin.bundled().fileName())).exists();
        SharedFolder third = filled(root.resolve("a/c"));
        Path slab = Files.writeString(root.resolve("a/c/envoy.slab"), "");
        third.discard();
        assertThat(root.resolve("a/c")).isDirectoryContaining(slab::equals);
    }
}
