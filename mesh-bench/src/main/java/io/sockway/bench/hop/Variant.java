package io.sockway.bench.hop;

/** What carries the bytes. */
enum Variant implements Named {
    /** TCP as the kernel does it; what the others are compared to. */
    PLAIN("plain", "plain TCP"),
    /** TCP sockets in a cgroup that Sockway is attached to. */
    SOCKWAY("sockway", "Sockway"),
    /** A Unix stream socket: what an application that knows it is local could have used. */
    UNIX("unix", "Unix socket");

    private final String option;
    private final String label;

    Variant(String option, String label) {
        this.option = option;
        this.label = label;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }
}
