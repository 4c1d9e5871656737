package io.sockway.node.tune;

import io.sockway.node.host.CpuList;
import io.sockway.node.host.Ethtool;
import io.sockway.node.host.Host;
import io.sockway.node.host.HostException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One setting of the running kernel. Its key names it in plans, journals and {@code --set}. Immutable. */
public sealed interface Target {
    /** For example {@code net.core.somaxconn}, {@code /sys/class/net/eth0/queues/rx-0/rps_cpus} or {@code eth0/ring-rx}. */
    String key();

    /** Its value now; empty where this node does not have it. */
    Optional<String> read(Host host);

    /**
     * Sets it.
     *
     * @throws HostException when the node refuses, with one line for people
     */
    void write(Host host, String value);

    /** Why this node cannot have the value, with what it offers at most; empty where it can. */
    Optional<String> refusal(Host host, String value);

    /** The command that sets it, for files that last and for people. */
    String command(String value);

    /** Whether two texts are the same value. */
    default boolean same(String one, String other) {
        return words(one).equals(words(other));
    }

    /**
     * The target of a key.
     *
     * @throws HostException when it is none
     */
    static Target of(String key) {
        if (key.startsWith("/sys/")) {
            return new SysFile(key);
        }
        int slash = key.indexOf('/');
        if (slash > 0) {
            String name = key.substring(slash + 1);
            return Arrays.stream(Ethtool.Knob.values()).filter(knob -> knob.label().equals(name)).findFirst()
                    .map(knob -> new DeviceSetting(key.substring(0, slash), knob))
                    .orElseThrow(() -> new HostException("'" + key + "' is no setting; of a device there are: "
                            + String.join(", ", Arrays.stream(Ethtool.Knob.values()).map(Ethtool.Knob::label).toList())));
        }
        if (key.matches("[a-z]\\w*(\\.[\\w-]+)+")) {
            return new Sysctl(key);
        }
        throw new HostException("'" + key + "' is no setting: name a sysctl (net.core.somaxconn) or a device's (eth0/ring-rx)");
    }

    private static List<String> words(String text) {
        return Arrays.asList(text.strip().split("\\s+"));
    }

    private static void writeFile(Path file, String key, String value) {
        try {
            Files.writeString(file, value + "\n", StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (AccessDeniedException e) {
            throw new HostException("may not set " + key + ": needs root" + (isRoot() ? ", and /proc/sys and /sys mounted for "
                    + "writing" : ""));
        } catch (NoSuchFileException e) {
            throw new HostException(key + " is not there (any more)");
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage().replaceFirst("^" + file + ":? ?", "");
            throw new HostException("the kernel refuses " + key + " = " + value + ": " + reason);
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static Optional<String> unwritable(Host host, String path, String key) {
        if (!host.has(path)) {
            return Optional.of(key.startsWith("net.") && !host.inNodeNamespace() ? "this network namespace does not show " + key
                    : "this kernel has no " + key);
        }
        try {
            return Files.getPosixFilePermissions(host.resolve(path)).contains(PosixFilePermission.OWNER_WRITE) ? Optional.empty()
                    : Optional.of(key + " cannot be set" + (host.inNodeNamespace() ? "" : " outside the node's own network namespace"));
        } catch (IOException e) {
            return Optional.of(key + " is not there (any more)");
        }
    }

    /** A file below {@code /proc/sys}, by its dotted name. */
    record Sysctl(String key) implements Target {
        @Override
        public Optional<String> read(Host host) {
            return host.sysctl(key);
        }

        @Override
        public void write(Host host, String value) {
            writeFile(host.resolve(Host.sysctlPath(key)), key, value);
        }

        @Override
        public Optional<String> refusal(Host host, String value) {
            Optional<String> unwritable = unwritable(host, Host.sysctlPath(key), key);
            if (unwritable.isEmpty() && key.equals("net.ipv4.tcp_congestion_control")) {
                String offered = host.sysctl("net.ipv4.tcp_available_congestion_control").orElse("");
                if (!Arrays.asList(offered.split("\\s+")).contains(value)) {
                    return Optional.of("this kernel offers " + offered.replace(" ", ", ") + " and not " + value);
                }
            }
            return unwritable;
        }

        /** The kernel spells masks and lists of ports in its own way. */
        @Override
        public boolean same(String one, String other) {
            return key.endsWith("_mask") || key.endsWith("_bitmap") ? CpuList.mask(one).equals(CpuList.mask(other))
                    : key.endsWith("_ports") ? Set.copyOf(CpuList.parse(one)).equals(Set.copyOf(CpuList.parse(other)))
                    : Target.super.same(one, other);
        }

        @Override
        public String command(String value) {
            return "sysctl -w " + key + "=" + (value.strip().contains(" ") || value.contains("\t") ? "\"" + value + "\"" : value);
        }
    }

    /** A file below {@code /sys}, by its absolute path. */
    record SysFile(String key) implements Target {
        @Override
        public Optional<String> read(Host host) {
            return host.text(path()).map(text -> key.endsWith("/scheduler") ? chosen(text) : text);
        }

        @Override
        public void write(Host host, String value) {
            writeFile(host.resolve(path()), key, value);
        }

        @Override
        public Optional<String> refusal(Host host, String value) {
            return unwritable(host, path(), key);
        }

        @Override
        public String command(String value) {
            return "echo " + value + " > " + key;
        }

        @Override
        public boolean same(String one, String other) {
            return key.endsWith("_cpus") ? CpuList.mask(one).equals(CpuList.mask(other)) : Target.super.same(one, other);
        }

        private String path() {
            return key.substring(1);
        }

        /** Of a list such as {@code none [mq-deadline] bfq}. */
        private static String chosen(String list) {
            int open = list.indexOf('[');
            int close = list.indexOf(']');
            return open >= 0 && close > open ? list.substring(open + 1, close) : list;
        }
    }

    /** A setting of a network device that only ethtool changes. */
    record DeviceSetting(String device, Ethtool.Knob knob) implements Target {
        @Override
        public String key() {
            return device + "/" + knob.label();
        }

        @Override
        public Optional<String> read(Host host) {
            Ethtool ethtool = host.ethtool();
            return switch (knob) {
                case RING_RX -> ethtool.rings(device).map(rings -> Integer.toString(rings.rx()));
                case RING_TX -> ethtool.rings(device).map(rings -> Integer.toString(rings.tx()));
                case CHANNELS -> ethtool.channels(device).map(channels -> Integer.toString(channels.combined()));
                case GRO, TSO, GSO, LRO -> Optional.ofNullable(ethtool.features(device).get(knob.label()))
                        .map(feature -> feature.on() ? "1" : "0");
            };
        }

        @Override
        public void write(Host host, String value) {
            host.ethtool().set(device, knob, Long.parseLong(value));
        }

        @Override
        public Optional<String> refusal(Host host, String value) {
            OptionalLong wanted = number(value);
            if (wanted.isEmpty()) {
                return Optional.of("'" + value + "' is no number");
            }
            if (knob.isFeature()) {
                Ethtool.Feature feature = host.ethtool().features(device).get(knob.label());
                return feature == null ? Optional.of(device + " has no " + knob.label())
                        : feature.fixed() && feature.on() != (wanted.getAsLong() != 0)
                        ? Optional.of(device + " cannot change " + knob.label() + ": it is fixed " + (feature.on() ? "on" : "off"))
                        : Optional.empty();
            }
            int max = switch (knob) {
                case RING_RX -> host.ethtool().rings(device).map(Ethtool.Rings::rxMax).orElse(0);
                case RING_TX -> host.ethtool().rings(device).map(Ethtool.Rings::txMax).orElse(0);
                default -> host.ethtool().channels(device).map(Ethtool.Channels::combinedMax).orElse(0);
            };
            return max == 0 ? Optional.of(device + " does not offer " + knob.label())
                    : wanted.getAsLong() > max ? Optional.of(device + " offers " + knob.label() + " up to " + max)
                    : wanted.getAsLong() < 1 ? Optional.of(device + " offers " + knob.label() + " from 1 to " + max) : Optional.empty();
        }

        @Override
        public String command(String value) {
            return knob.command(device, number(value).orElse(0));
        }

        private static OptionalLong number(String value) {
            try {
                return OptionalLong.of(Long.parseLong(value.strip()));
            } catch (NumberFormatException e) {
                return OptionalLong.empty();
            }
        }
    }
}
