package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What can be seen of a lab on the machine. */
final class Traces {
    private Traces() {
    }

    /** Namespaces, cgroups, pins and folders whose names begin with the lab's. */
    static List<Path> of(String labName) throws IOException {
        Stream.Builder<Path> found = Stream.builder();
        for (Path folder : List.of(Path.of("/run/netns"), Path.of("/run/sockway-lab"), Path.of("/sys/fs/bpf"), CgroupMount.find())) {
            if (Files.exists(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    entries.filter(entry -> entry.getFileName().toString().startsWith(labName)).forEach(found);
                }
            }
        }
        return found.build().toList();
    }
}
