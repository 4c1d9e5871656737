package io.sockway.xds.yaml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Reads files as far as this process can bear. Stateless. */
public final class YamlFiles {
    /** What a byte of a file may take while what came of it before is still in use: with many small resources it is about 80. */
    private static final int MEMORY_FOR_A_BYTE = 96;

    private YamlFiles() {
    }

    /**
     * Adds a problem if the files are more than memory holds: reading them would end in the middle, and with it what is served.
     *
     * @param name of what holds them, for the problem
     * @param memory bytes that this process may have
     */
    public static void requireRoom(String name, List<Path> files, long memory, Problems problems) {
        long bytes = files.stream().mapToLong(file -> file.toFile().length()).sum();
        if (bytes > memory / MEMORY_FOR_A_BYTE) {
            problems.add(new Position(name, 1, 1),
                    "has %,d kB of files, and %,d MB of memory are enough for %,d kB; start with SOCKWAY_JAVA_OPTS=-Xmx%dm".formatted(
                            bytes >> 10, memory >> 20, memory / MEMORY_FOR_A_BYTE >> 10, (bytes * MEMORY_FOR_A_BYTE >> 20) + 1));
        }
    }

    /**
     * The text of a file.
     *
     * @throws IOException if it cannot be read, or reading it might never end, as with a pipe or a device
     */
    public static String text(Path file) throws IOException {
        if (Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
            throw new IOException("it is a pipe, a socket or a device");
        }
        return Files.readString(file);
    }
}
