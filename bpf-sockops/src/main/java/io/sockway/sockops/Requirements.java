package io.sockway.sockops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What loading the programs needs of the process and the kernel, checked before the kernel would say so in its own words. */
final class Requirements {
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;
    private static final int MIN_MAJOR = 5;
    private static final int MIN_MINOR = 15;

    private Requirements() {
    }

    /**
     * Checks this process and the running kernel.
     *
     * @throws AcceleratorException naming all that is missing
     */
    static void check() {
        requireKernel(System.getProperty("os.version"), Files.exists(Path.of("/sys/kernel/btf/vmlinux")));
        requireCapabilities(effectiveCapabilities());
    }

    static void requireKernel(String release, boolean typeInformation) {
        String[] parts = release.split("[.-]", 3);
        int major = Integer.parseInt(parts[0]);
        int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
        if (major < MIN_MAJOR || major == MIN_MAJOR && minor < MIN_MINOR) {
            throw new AcceleratorException("kernel " + release + " is too old: Sockway needs " + MIN_MAJOR + "." + MIN_MINOR
                    + " or newer; traffic stays on plain TCP");
        }
        if (!typeInformation) {
            throw new AcceleratorException("kernel " + release + " has no type information (/sys/kernel/btf/vmlinux): Sockway needs one"
                    + " built with CONFIG_DEBUG_INFO_BTF; traffic stays on plain TCP");
        }
    }

    static void requireCapabilities(long effective) {
        boolean admin = has(effective, CAP_SYS_ADMIN);
        List<String> missing = new ArrayList<>();
        if (!admin && !has(effective, CAP_BPF)) {
            missing.add("CAP_BPF");
        }
        if (!has(effective, CAP_NET_ADMIN)) {
            missing.add("CAP_NET_ADMIN");
        }
        if (!admin && !has(effective, CAP_PERFMON)) {
            missing.add("CAP_PERFMON");
        }
        if (!missing.isEmpty()) {
            throw new AcceleratorException("missing capability " + String.join(", ", missing)
                    + ": run as root, or grant exactly CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; traffic stays on plain TCP");
        }
    }

    private static boolean has(long capabilities, int bit) {
        return (capabilities >> bit & 1) != 0;
    }

    private static long effectiveCapabilities() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("CapEff:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16)).findFirst().orElse(-1L);
        } catch (IOException e) {
            return -1L;
        }
    }
}
