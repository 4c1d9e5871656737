package io.sockway.node.doctor;

import io.sockway.node.host.Host;
import io.sockway.node.drops.Drop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Two readings of a recorded node, a second apart, in which a test changes what it is about. */
public final class RecordedNode {
    private static final String IDLE_CPUS = """
            cpu  1000 0 1000 100000 0 0 100 0 0 0
            cpu0 500 0 500 50000 0 0 50 0 0 0
            cpu1 500 0 500 50000 0 0 50 0 0 0
            ctxt 1
            """;

    private final Path before;
    private final Path after;
    private List<Drop> drops = List.of();
    private List<MeshState> meshBefore;
    private List<MeshState> mesh;

    /** Copies the machine with the virtio card. */
    public RecordedNode(Path folder) {
        before = folder.resolve("before");
        after = folder.resolve("after");
        try {
            Path recorded = Path.of(RecordedNode.class.getResource("/recorded/virtio").toURI());
            copy(recorded, before);
            copy(recorded, after);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        both("proc/stat", IDLE_CPUS);
        after("proc/stat", IDLE_CPUS.replace("100000", "100200").replace("50000", "50100"));
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file of both readings. */
    public RecordedNode both(String path, String text) {
        write(before.resolve(path), text);
        return after(path, text);
    }

    /** A file of the later reading. */
    public RecordedNode after(String path, String text) {
        write(after.resolve(path), text);
        return this;
    }

    /** Edits a file of the later reading. */
    public RecordedNode edit(String path, UnaryOperator<String> change) {
        String text = read(after.resolve(path));
        String changed = change.apply(text);
        if (changed.equals(text)) {
            throw new AssertionError("nothing changed in " + path);
        }
        return after(path, changed);
    }

    /** Adds to a counter of a file whose lines are names and then values, as in {@code /proc/net/netstat}. */
    public RecordedNode count(String path, String prefix, String name, long more) {
        return edit(path, text -> {
            String[] lines = text.split("\n");
            for (int i = 0; i + 1 < lines.length; i++) {
                String[] names = lines[i].split(" ");
                if (names[0].equals(prefix) && !names[1].matches("-?\\d+")) {
                    String[] values = lines[i + 1].split(" ");
                    int at = List.of(names).indexOf(name);
                    values[at] = Long.toString(Long.parseLong(values[at]) + more);
                    lines[i + 1] = String.join(" ", values);
                }
            }
            return String.join("\n", lines) + "\n";
        });
    }

    /** What one CPU's packet input did meanwhile. */
    public RecordedNode softnet(String cpu0Before, String cpu0After) {
        String other = "00000000 ".repeat(12) + "00000001";
        both("proc/net/softnet_stat", cpu0Before + " " + "00000000 ".repeat(9) + "00000000\n" + other + "\n");
        return after("proc/net/softnet_stat", cpu0After + " " + "00000000 ".repeat(9) + "00000000\n" + other + "\n");
    }

    /** What the kernel dropped meanwhile. */
    public RecordedNode dropped(Drop... all) {
        drops = List.of(all);
        return this;
    }

    /** What Sockway said at both times. */
    public RecordedNode mesh(MeshState earlier, MeshState later) {
        return mesh(earlier == null ? null : List.of(earlier), List.of(later));
    }

    /** The same with several folders of pins. */
    public RecordedNode mesh(List<MeshState> earlier, List<MeshState> later) {
        meshBefore = earlier;
        mesh = later;
        return this;
    }

    /** Adds a card with some queues, with what ethtool says of it. */
    public RecordedNode card(String name, String driver, int queues) {
        for (int queue = 0; queue < queues; queue++) {
            both("sys/class/net/" + name + "/queues/rx-" + queue + "/rps_cpus", "0\n");
            both("sys/class/net/" + name + "/queues/tx-" + queue + "/xps_cpus", "0\n");
        }
        both("sys/class/net/" + name + "/device/numa_node", "0\n");
        both("sys/class/net/" + name + "/speed", "100000\n");
        both("ethtool/" + name + "/i", "driver: " + driver + "\n");
        both("proc/net/dev", read(before.resolve("proc/net/dev")) + name + ": 1000 100 0 0 0 0 0 0 1000 100 0 0 0 0 0 0\n");
        return this;
    }

    /** Lets a device receive packets meanwhile. */
    public RecordedNode received(String device, long packets) {
        return edit("proc/net/dev", text -> text.replaceFirst("(?m)^\\s*" + device + ":\\s*(\\d+) +(\\d+)",
                device + ": 1000 " + (100 + packets)));
    }

    /** Lets a device receive packets and bytes meanwhile. */
    public RecordedNode received(String device, long packets, long bytes) {
        return edit("proc/net/dev", text -> text.replaceFirst("(?m)^\\s*" + device + ":\\s*(\\d+) +(\\d+)",
                device + ": " + (1000 + bytes) + " " + (100 + packets)));
    }

    /** Lets a device send packets meanwhile. */
    public RecordedNode sent(String device, long packets) {
        return edit("proc/net/dev", text -> {
            Matcher line = Pattern.compile("(?m)^(\\s*" + device + ":(?: *\\d+){9} +)(\\d+)").matcher(text);
            return line.replaceFirst(found -> found.group(1) + (Long.parseLong(found.group(2)) + packets));
        });
    }

    /** The later reading. */
    public Host host() {
        return Host.recorded(after);
    }

    /** Where the later reading is. */
    public Path folder() {
        return after;
    }

    Diagnosis diagnose() {
        return Doctor.compare(Host.recorded(before), host(), 1, meshBefore, mesh, drops);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
