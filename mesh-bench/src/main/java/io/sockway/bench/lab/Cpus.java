package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The CPUs that this process, and so the lab, may run on. */
public final class Cpus {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String FIELD = "Cpus_allowed_list:";

    private Cpus() {
    }

    /** Their numbers in ascending order. */
    public static List<Integer> allowed() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return parse(lines.filter(line -> line.startsWith(FIELD)).findFirst().orElseThrow().substring(FIELD.length()));
        } catch (IOException e) {
            throw new LabException("cannot read " + STATUS, e);
        }
    }

    /** Reads a list like {@code 0-3,8}. */
    static List<Integer> parse(String list) {
        return Stream.of(list.strip().split(","))
                .map(range -> range.split("-"))
                .flatMapToInt(bounds -> IntStream.rangeClosed(Integer.parseInt(bounds[0]), Integer.parseInt(bounds[bounds.length - 1])))
                .boxed().toList();
    }
}
