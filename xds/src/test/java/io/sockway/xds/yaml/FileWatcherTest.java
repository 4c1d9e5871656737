package io.sockway.xds.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatcherTest {
    @TempDir
    private Path folder;
    private Path file;
    private FileWatcher watcher;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @BeforeEach
    void watch() throws IOException {
        file = Files.writeString(folder.resolve("peers.yaml"), "0");
        watcher = new FileWatcher(folder, () -> List.of(file));
        watcher.start(() -> {
            try {
                told.add(Files.readString(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void end() {
        watcher.close();
    }

    private void replace(String text) throws IOException {
        Files.move(Files.writeString(folder.resolve("next"), text), file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void shouldTellOfAFileWhileOthersInItsFolderAreWrittenAllTheTime() throws Exception {
        Thread log = Thread.startVirtualThread(() -> {
            try {
                for (int i = 0; !Thread.interrupted(); i++) {
                    Files.writeString(folder.resolve("access.log"), "line " + i);
                    Thread.sleep(5);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            Thread.sleep(100);
            replace("10");

            assertThat(told.poll(5, TimeUnit.SECONDS)).isEqualTo("10");
        } finally {
            log.interrupt();
            log.join();
        }
        assertThat(told).isEmpty();
    }

    @Test
    void shouldTellOnceOfWhatIsWrittenPieceByPiece() throws Exception {
        for (int i = 10; i < 20; i++) {
            replace(Integer.toString(i));
            Thread.sleep(40);
        }

        assertThat(told.poll(5, TimeUnit.SECONDS)).isEqualTo("19");
        assertThat(told.poll(400, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void shouldTellOfAFileThatNeverComesToRest() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String first = null;
        for (int i = 10; first == null && System.nanoTime() < end; i++) {
            replace(Integer.toString(i));
            first = told.poll(50, TimeUnit.MILLISECONDS);
        }

        assertThat(first).isNotNull();
    }
}
