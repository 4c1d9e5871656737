package io.sockway.bench.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Where a run took place.
 *
 * @param kernel release
 * @param distribution its own name
 * @param cpu model
 * @param cpus how many the run could use
 * @param memoryBytes installed
 * @param governor how the first CPU chooses its frequency, or that the machine does not say
 * @param mitigations of CPU vulnerabilities that cost time, by name; those that do not affect this CPU are left out
 * @param bootParameters of the kernel
 * @param softIrqApart whether the kernel keeps the time of interrupts apart from that of processes
 * @param versions of the programs that took part, by name
 */
public record Machine(String kernel, String distribution, String cpu, int cpus, long memoryBytes, String governor,
        Map<String, String> mitigations, String bootParameters, boolean softIrqApart, Map<String, String> versions) {
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
                read(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")).orElse("not visible"),
                knownMitigations(),
                read(Path.of("/proc/cmdline")).orElse(UNKNOWN),
                softIrqIsApart(),
                versions);
    }

    private static Map<String, String> knownMitigations() {
        Map<String, String> mitigations = new TreeMap<>();
        try (Stream<Path> files = Files.list(Path.of("/sys/devices/system/cpu/vulnerabilities"))) {
            files.forEach(file -> read(file).filter(text -> !text.startsWith("Not affected"))
                    .ifPresent(text -> mitigations.put(file.getFileName().toString(), text)));
        } catch (IOException e) {
            mitigations.put("all", UNKNOWN);
        }
        return mitigations;
    }

    /** Only the kernel's configuration tells; where it is not to be had, the usual answer of distributions is taken: no. */
    private static boolean softIrqIsApart() {
        String setting = "CONFIG_IRQ_TIME_ACCOUNTING=y";
        try (BufferedReader packed = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(Path.of("/proc/config.gz"))), StandardCharsets.UTF_8))) {
            return packed.lines().anyMatch(setting::equals);
        } catch (IOException e) {
            return read(Path.of("/boot", "config-" + System.getProperty("os.version")))
                    .map(text -> text.lines().anyMatch(setting::equals)).orElse(false);
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
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
