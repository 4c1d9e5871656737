package io.sockway.bench.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An executable that the lab calls, with the Debian package that brings it. */
public enum Tool {
    IP("ip", "iproute2"),
    SS("ss", "iproute2"),
    IPTABLES("iptables", "iptables"),
    NSENTER("nsenter", "util-linux"),
    SETPRIV("setpriv", "util-linux"),
    SETSID("setsid", "util-linux"),
    TASKSET("taskset", "util-linux"),
    NGINX("nginx", "nginx"),
    WRK("wrk", "wrk"),
    BPFTOOL("bpftool", "bpftool"),
    ETHTOOL("ethtool", "ethtool");

    /** Where root's PATH may not reach: sudo and cron often leave the sbin folders out. */
    private static final String SYSTEM_FOLDERS = ":/usr/local/sbin:/usr/sbin:/sbin";

    private final String executable;
    private final String debianPackage;

    Tool(String executable, String debianPackage) {
        this.executable = executable;
        this.debianPackage = debianPackage;
    }

    /** Its name. */
    public String executable() {
        return executable;
    }

    /** The executable's path; fails with the package to install when there is none. */
    public Path path() {
        return find(executable).orElseThrow(() -> new UnmetRequirementException(
                executable + " not found", "install it, for example by apt-get install " + debianPackage));
    }

    /** What it says of its own version after its name, or "unknown"; of those tools that know the option -v. */
    public String version() {
        Command.Result said = Command.of(path(), "-v").result();
        Matcher matcher = Pattern.compile(executable + "[ /](\\S*\\d\\S*)").matcher(said.output() + said.errors());
        return matcher.find() ? matcher.group(1) : "unknown";
    }

    /** The first executable file of this name in PATH and the system's own folders. */
    public static Optional<Path> find(String executable) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of((path + SYSTEM_FOLDERS).split(":"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, executable))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }
}
