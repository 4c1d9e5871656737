package io.sockway.sidecar.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A sysctl of the whole node that a test changes; it is put back when this is closed, and when the JVM ends before. */
final class NodeSysctl implements AutoCloseable {
    private final Path file;
    private final String former;
    private final Thread hook = new Thread(this::restore);

    NodeSysctl(String name, String value) {
        file = Path.of("/proc/sys", name.split("\\."));
        former = value(file);
        Runtime.getRuntime().addShutdownHook(hook);
        write(value);
    }

    /** Its value now. */
    static String value(String name) {
        return value(Path.of("/proc/sys", name.split("\\.")));
    }

    private static String value(Path file) {
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = new byte[4096];
            return new String(bytes, 0, Math.max(0, in.read(bytes)), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String value) {
        try {
            Files.writeString(file, value + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void restore() {
        write(former);
    }

    @Override
    public void close() {
        restore();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
