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
    H2LOAD("h2load", "nghttp2-client", "--version"),
    FORTIO("fortio", "", "version"),
    BPFTOOL("bpftool", "bpftool"),
    ETHTOOL("ethtool", "ethtool");

    /** Where root's PATH may not reach: sudo and cron often leave the sbin folders out. */
    private static final String SYSTEM_FOLDERS = ":/usr/local/sbin:/usr/sbin:/sbin";

    private final String executable;
    private final String debianPackage;
    private final String versionOption;

    Tool(String executable, String debianPackage) {
        this(executable, debianPackage, "-v");
    }

    Tool(String executable, String debianPackage, String versionOption) {
        this.executable = executable;
        this.debianPackage = debianPackage;
        this.versionOption = versionOption;
    }

    /** Its name. */
    public String executable() {
        return executable;
    }

    /** The executable's path; fails with the package to install when there is none. */
    public Path path() {
        return find(executable).orElseThrow(() -> new UnmetRequirementException(executable + " not found", remedy()));
    }

    /** How to get it. */
    private String remedy() {
        return debianPackage.isEmpty() ? "put it into a folder of PATH; sudo keeps yours with: sudo env \"PATH=$PATH\" ..."
                : "install it, for example by apt-get install " + debianPackage;
    }

    /** The version that it says it is, or "unknown"; of those tools that have such an option. */
    public String version() {
        Command.Result said = Command.of(path(), versionOption).result();
        Matcher matcher = Pattern.compile("\\d+\\.\\d\\S*").matcher(said.output() + said.errors());
        return matcher.find() ? matcher.group() : "unknown";
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
