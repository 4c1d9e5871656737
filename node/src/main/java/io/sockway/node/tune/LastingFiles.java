package io.sockway.node.tune;

import io.sockway.node.host.HostException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files by which settings last over a reboot: sysctl.d for sysctls, udev rules for files of /sys and for ethtool. */
final class LastingFiles {
    static final String PREFIX = "file:";
    private static final String SYSCTL = "etc/sysctl.d/90-sockway.conf";
    private static final String UDEV = "etc/udev/rules.d/90-sockway.rules";
    private static final String HEADER = "# Written by 'sockway tune apply'; 'sockway tune revert' takes it away.\n";
    private static final Pattern NET_FILE = Pattern.compile("/sys/class/net/([^/]+)/(.+)");
    private static final Pattern BLOCK_FILE = Pattern.compile("/sys/block/([^/]+)/(.+)");
    private static final Pattern CPU_FILE = Pattern.compile("/sys/devices/system/cpu/(cpu\\d+)/(.+)");

    private final Path root;

    LastingFiles(Path root) {
        this.root = root;
    }

    /** What the files should hold for some changes, by path; without files that would hold nothing. */
    Map<String, String> render(Collection<Journal.Change> changes) {
        StringBuilder sysctls = new StringBuilder(HEADER);
        StringBuilder rules = new StringBuilder(HEADER);
        for (Journal.Change change : changes) {
            if (change.key().startsWith(PREFIX)) {
                continue;
            }
            switch (Target.of(change.key())) {
                case Target.Sysctl sysctl -> sysctls.append("# ").append(change.reason()).append("\n-").append(sysctl.key()).append(" = ")
                        .append(change.value().replace('\t', ' ')).append('\n');
                case Target.SysFile file -> rules.append("# ").append(change.reason()).append('\n').append(rule(file.key(), change.value()))
                        .append('\n');
                case Target.DeviceSetting setting -> rules.append("# ").append(change.reason()).append("\nACTION==\"add\", "
                        + "SUBSYSTEM==\"net\", KERNEL==\"").append(setting.device()).append("\", "
                        + "RUN+=\"/usr/sbin/").append(setting.command(change.value()))
                        .append("\"\n");
            }
        }
        Map<String, String> files = new LinkedHashMap<>();
        if (sysctls.length() > HEADER.length()) {
            files.put(SYSCTL, sysctls.toString());
        }
        if (rules.length() > HEADER.length()) {
            files.put(UDEV, rules.toString());
        }
        return files;
    }

    private static String rule(String path, String value) {
        Matcher net = NET_FILE.matcher(path);
        Matcher block = BLOCK_FILE.matcher(path);
        Matcher cpu = CPU_FILE.matcher(path);
        String match = net.matches() ? "SUBSYSTEM==\"net\", KERNEL==\"" + net.group(1) + "\", ATTR{" + net.group(2) + "}"
                : block.matches() ? "SUBSYSTEM==\"block\", KERNEL==\"" + block.group(1) + "\", ATTR{" + block.group(2) + "}"
                : cpu.matches() ? "SUBSYSTEM==\"cpu\", KERNEL==\"" + cpu.group(1) + "\", ATTR{" + cpu.group(2) + "}" : null;
        return match == null ? "ACTION==\"add\", SUBSYSTEM==\"cpu\", KERNEL==\"cpu0\", RUN+=\"/bin/sh -c 'echo " + value + " > "
                + path + "'\""
                : "ACTION==\"add\", " + match + "=\"" + value + "\"";
    }

    Optional<String> read(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new HostException("cannot read " + root.resolve(path) + ": " + e.getMessage());
        }
    }

    /** Replaces a file as a whole, or removes it where the content is null. */
    void write(String path, String content) {
        Path file = root.resolve(path);
        Path fresh = file.resolveSibling("." + file.getFileName() + ".sockway");
        try {
            Files.deleteIfExists(fresh);
            if (content == null) {
                Files.deleteIfExists(file);
                return;
            }
            Files.createDirectories(file.getParent());
            Files.writeString(fresh, content);
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AccessDeniedException e) {
            throw new HostException("may not write " + file + ": needs root, or a prefix of your own (--prefix)");
        } catch (IOException e) {
            throw new HostException("cannot write " + file + ": " + e);
        }
    }
}
