package io.sockway.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OwnProcessTest {
    private static long residentKilobytes(String what) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(what + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }

    @Test
    void shouldReturnPagesOfFilesAndGoOn() throws IOException {
        long before = residentKilobytes("RssFile");
        OwnProcess.returnMemory();
        assertThat(residentKilobytes("RssFile")).isLessThan(before * 3 / 4);
        OwnProcess.returnMemory();
    }

    @Test
    void shouldGoOnWhereTheKernelDoesNotTellOfItsPages() {
        assertThatCode(() -> OwnProcess.returnMemory(Path.of("/proc/self/no-such-file"))).doesNotThrowAnyException();
    }
}
