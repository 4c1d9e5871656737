package io.sockway.deploy.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
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

    @Test
    void shouldPassOverACgroupThatGoesWhileItIsVisited() throws IOException {
        Map<Long, Path> found = new HashMap<>();
        CgroupTree.Walk walk = new CgroupTree.Walk(found);
        Path going = Files.createDirectory(folder.resolve("going"));
        BasicFileAttributes seen = Files.readAttributes(going, BasicFileAttributes.class);
        Files.delete(going);

        assertThat(walk.preVisitDirectory(going, seen)).isEqualTo(FileVisitResult.SKIP_SUBTREE);

        assertThat(walk.preVisitDirectory(folder, seen)).isEqualTo(FileVisitResult.CONTINUE);
        assertThat(found).containsOnly(Map.entry((Long) Files.getAttribute(folder, "unix:ino"), folder));
    }
}
