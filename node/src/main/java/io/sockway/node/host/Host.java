package io.sockway.node.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A node as its files and devices tell, live or recorded. Paths are relative to the root, for example {@code proc/net/softnet_stat}.
 * What may not be read is noted, not thrown. Thread-safe.
 */
public final class Host {
    private static final int READ_BYTES = 16 << 10;
    /** Far more than any file of /proc has; what has more is none. */
    private static final int MOST_BYTES = 64 << 20;

    private final Path root;
    private final Ethtool ethtool;
    private final boolean live;
    private final Map<String, String> denied = new ConcurrentSkipListMap<>();

    private Host(Path root, Ethtool ethtool, boolean live) {
        this.root = root;
        this.ethtool = ethtool;
        this.live = live;
    }

    /** The node that this process runs on, in its namespaces. */
    public static Host live() {
        return new Host(Path.of("/"), new LiveEthtool(), true);
    }

    /** A recorded node: {@code proc}, {@code sys} and {@link RecordedEthtool} replies below the root. */
    public static Host recorded(Path root) {
        return recorded(root, new RecordedEthtool(root.resolve("ethtool")));
    }

    /** A recorded node whose devices answer by themselves. */
    public static Host recorded(Path root, Ethtool ethtool) {
        return new Host(root, ethtool, false);
    }

    /** Whether this is the running kernel, which BPF programs can be loaded into. */
    public boolean isLive() {
        return live;
    }

    /** The devices' settings and statistics. */
    public Ethtool ethtool() {
        return ethtool;
    }

    /** How the devices queue what they send, by device; of a recorded node the output of {@code tc -s qdisc show} in {@code tc/qdisc}. */
    public Map<String, Qdisc> qdiscs() {
        return live ? LiveQdiscs.read() : text("tc/qdisc").map(Qdisc::parse).orElse(Map.of());
    }

    /** The congestion windows; of a recorded node what {@code ss -tinHO state established} printed, in {@code ss/established}. */
    public Windows windows() {
        return live ? Windows.read() : Windows.parse(text("ss/established").orElse(""));
    }

    /** Where a path of this node is, seen from this process. */
    public Path resolve(String path) {
        return root.resolve(path);
    }

    /** The file's text without the white space at its end; empty where it is not there or may not be read. */
    public Optional<String> text(String path) {
        if (!readable(path)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(root.resolve(path))) {
            return Optional.of(new String(read(channel), StandardCharsets.UTF_8).stripTrailing());
        } catch (AccessDeniedException e) {
            denied.put(path, "permission denied");
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Files of /proc/sys answer the first read only, and whole, so the buffer is large from the start. */
    private static byte[] read(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
        while (buffer.position() < MOST_BYTES && channel.read(buffer) > 0) {
            if (!buffer.hasRemaining()) {
                buffer = ByteBuffer.allocate(buffer.capacity() * 2).put(buffer.flip());
            }
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** Whoever opens a pipe in a recorded tree would wait for its writer. */
    private boolean readable(String path) {
        return live || Files.isRegularFile(root.resolve(path));
    }

    /** The file's lines, read as they are asked for and as far as they can be read; the caller closes the stream. */
    public Stream<String> lines(String path) {
        if (!readable(path)) {
            return Stream.empty();
        }
        try {
            Stream<String> lines = Files.lines(root.resolve(path), StandardCharsets.ISO_8859_1);
            Iterator<String> each = lines.iterator();
            return Stream.iterate(next(each), Optional::isPresent, line -> next(each)).map(Optional::get).onClose(lines::close);
        } catch (AccessDeniedException e) {
            denied.put(path, "permission denied");
            return Stream.empty();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static Optional<String> next(Iterator<String> lines) {
        try {
            return lines.hasNext() ? Optional.of(lines.next()) : Optional.empty();
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** The number that the file holds. */
    public OptionalLong number(String path) {
        Optional<String> text = text(path);
        try {
            return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text.get().strip()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The file's numbers, separated by white space; empty where it is not there. */
    public List<Long> numbers(String path) {
        try {
            return text(path).map(text -> Arrays.stream(text.strip().split("\\s+")).map(Long::parseLong).toList()).orElse(List.of());
        } catch (NumberFormatException e) {
            return List.of();
        }
    }

    /** A sysctl's text by its dotted name, for example {@code net.core.somaxconn}. */
    public Optional<String> sysctl(String name) {
        return text(sysctlPath(name));
    }

    /** Where a sysctl lives. */
    public static String sysctlPath(String name) {
        return "proc/sys/" + name.replace('.', '/');
    }

    /** What a folder holds, sorted; empty where it is not there. */
    public List<String> names(String folder) {
        try (Stream<Path> entries = Files.list(root.resolve(folder))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().collect(Collectors.toList());
        } catch (AccessDeniedException e) {
            denied.put(folder, "permission denied");
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** Whether a path is there. */
    public boolean has(String path) {
        return Files.exists(root.resolve(path));
    }

    /** The last part of what a symbolic link points at, for example a driver's name. */
    public Optional<String> linkName(String path) {
        try {
            return Optional.of(Files.readSymbolicLink(root.resolve(path)).getFileName().toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Paths that could not be read so far, and why. */
    public Map<String, String> denied() {
        return Map.copyOf(denied);
    }

    /** The CPUs that are online, in order. */
    public List<Integer> cpus() {
        return text("sys/devices/system/cpu/online").map(CpuList::parse).filter(list -> !list.isEmpty())
                .orElseGet(() -> text("proc/stat").map(text -> text.lines().filter(line -> line.matches("cpu\\d{1,6} .*"))
                        .map(line -> Integer.parseInt(line.substring(3, line.indexOf(' ')))).toList())
                        .filter(list -> !list.isEmpty()).orElse(List.of(0)));
    }

    /** Bytes of memory, zero where unknown. */
    public long memoryBytes() {
        return text("proc/meminfo").flatMap(text -> text.lines().filter(line -> line.startsWith("MemTotal:")).findFirst())
                .map(line -> Numbers.decimal(line.replaceAll("\\D", "")) * 1024).orElse(0L);
    }

    /** Whether this process is in the node's first network namespace: sysctls of the whole node exist only there. */
    public boolean inNodeNamespace() {
        return has("proc/sys/net/core/netdev_max_backlog");
    }
}
