package io.sockway.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where a run took place.
 *
 * @param kernel release
 * @param distribution its own name
 * @param cpu model
 * @param cpus how many the run could use
 * @param memoryBytes installed
 * @param versions of the programs that took part, by name
 */
public record Machine(String kernel, String distribution, String cpu, int cpus, long memoryBytes, Map<String, String> versions) {
    private static final String UNKNOWN = "unknown";
    private static final long KIB = 1024;

    /** Describes this machine. */
    public static Machine here(Map<String, String> versions) {
        String memory = field(Path.of("/proc/meminfo"), "MemTotal:").replaceAll("\\D", "");
        return new Machine(System.getProperty("os.version"),
                field(Path.of("/etc/os-release"), "PRETTY_NAME=").replace("\"", ""),
                field(Path.of("/proc/cpuinfo"), "model name").replaceFirst("^\\s*:\\s*", ""),
                Runtime.getRuntime().availableProcessors(),
                memory.isEmpty() ? 0 : Long.parseLong(memory) * KIB,
                versions);
    }

    private static String field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name)).findFirst().map(line -> line.substring(name.length()).strip())
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
