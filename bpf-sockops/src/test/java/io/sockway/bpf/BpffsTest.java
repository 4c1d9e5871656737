package io.sockway.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpffsTest {
    @Test
    void shouldWaitForALockOnlySoLongAndTellWhoHasIt(@TempDir Path folder) {
        try (Bpffs.Lock _ = Bpffs.lock(folder)) {
            assertThat(Bpffs.lock(folder, Duration.ofMillis(50))).isEmpty();
            assertThat(Bpffs.holder(folder)).contains(ProcessHandle.current().pid());
        }
        // The wait that was given up does not keep it.
        Bpffs.lock(folder, Duration.ofSeconds(10)).orElseThrow().close();
        assertThat(Bpffs.holder(folder)).isEmpty();
    }
}
