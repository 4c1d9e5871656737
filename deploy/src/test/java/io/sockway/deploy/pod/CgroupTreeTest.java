package io.sockway.deploy.pod;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can go wrong; the sidecar's PodLifeTest finds cgroups on the real kernel. */
class CgroupTreeTest {
    @TempDir
    private Path folder;

    @Test
    void shouldSayWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> CgroupTree.of(folder.resolve("none"))).hasMessageContaining("mount the host's /sys/fs/cgroup");
        assertThatThrownBy(() -> CgroupTree.of(folder)).hasMessageContaining("is no cgroup tree");
        Files.createDirectory(folder.resolve("memory"));
        assertThatThrownBy(() -> CgroupTree.of(folder)).hasMessageContaining("version 1 only")
                .hasMessageContaining("systemd.unified_cgroup_hierarchy=1");
    }
}
