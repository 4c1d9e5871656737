package io.sockway.bench.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of a node that packets depend on. Those of devices go with the devices; those of the whole machine are put back by the
 * scope.
 *
 * @param rps whether received packets are spread over all CPUs (RPS)
 * @param rfsEntries of the flow table that leads packets to the CPU of their reader (RFS); the whole machine's, and each queue's
 * @param xps whether each CPU may send by every queue (XPS)
 * @param offloads whether TSO, GSO and GRO are on; empty for the kernel's choice
 * @param backlog most packets that wait on a CPU (netdev_max_backlog), the whole machine's
 * @param rings packets in the device's rings
 * @param queueLength most packets that wait to be sent (txqueuelen)
 */
public record NodeSettings(boolean rps, OptionalInt rfsEntries, boolean xps, Optional<Boolean> offloads, OptionalInt backlog,
        OptionalInt rings, OptionalInt queueLength) {
    /** Everything as the kernel has it. */
    public static final NodeSettings NONE = new NodeSettings(
            false, OptionalInt.empty(), false, Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    private static final int LONGEST = 4096;
    private static final Path CORE = Path.of("/proc/sys/net/core");

    /** Applies them to a device of each pod; fails with what the system says where it does not know a setting. */
    public void apply(Scope scope, List<Pod> pods, String device) {
        backlog.ifPresent(packets -> set(scope, CORE.resolve("netdev_max_backlog"), packets));
        rfsEntries.ifPresent(entries -> set(scope, CORE.resolve("rps_sock_flow_entries"), entries));
        for (Pod pod : pods) {
            List<String> writes = new ArrayList<>();
            if (rps) {
                writes.add("for q in /sys/class/net/%s/queues/rx-*; do echo %s >$q/rps_cpus; done".formatted(device, mask()));
            }
            rfsEntries.ifPresent(entries -> writes.add("for q in /sys/class/net/%s/queues/rx-*; do echo %d >$q/rps_flow_cnt; done"
                    .formatted(device, entries)));
            if (xps) {
                writes.add("for q in /sys/class/net/%s/queues/tx-*; do echo %s >$q/xps_cpus; done".formatted(device, mask()));
            }
            // Only "ip netns exec" shows the namespace's devices in /sys.
            writes.forEach(write -> Command.of(Tool.IP.path(), "netns", "exec", pod.namespace().name(), "/bin/sh", "-ec", write).run());
            offloads.map(on -> on ? "on" : "off").ifPresent(state -> pod.namespace().command(
                    Tool.ETHTOOL.path(), "-K", device, "tso", state, "gso", state, "gro", state).run());
            rings.ifPresent(packets -> pod.namespace().command(Tool.ETHTOOL.path(), "-G", device, "rx", packets, "tx", packets).run());
            queueLength.ifPresent(packets -> pod.namespace().ip("link", "set", device, "txqueuelen", Integer.toString(packets)));
        }
    }

    private static void set(Scope scope, Path file, int value) {
        scope.own(() -> {
            String before = read(file);
            write(file, Integer.toString(value));
            return () -> write(file, before);
        });
    }

    /** With one large read: a file of /proc/sys answers to the first only, and the JDK reads files without a size byte by byte. */
    static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new LabException("cannot read " + file, e);
        }
    }

    private static void write(Path file, String value) {
        try {
            Files.writeString(file, value);
        } catch (IOException e) {
            throw new LabException("cannot write " + value + " to " + file, e);
        }
    }

    private static String mask() {
        return Long.toHexString(Cpus.allowed().stream().mapToLong(cpu -> 1L << cpu).sum());
    }
}
