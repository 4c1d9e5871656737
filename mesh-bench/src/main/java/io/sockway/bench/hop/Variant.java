package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;

/** What carries the bytes. */
enum Variant implements Named {
    /** TCP as the kernel does it; what the others are compared to. */
    PLAIN("plain TCP"),
    /** TCP sockets in a cgroup that Sockway is attached to. */
    SOCKWAY("Sockway"),
    /** A Unix stream socket: what an application that knows it is local could have used. */
    UNIX("Unix socket"),
    /** Plain TCP while Sockway is attached to another pod, to compare with plain TCP on a host without Sockway. */
    BESIDE("TCP beside Sockway");

    private final String label;

    Variant(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }
}
