package io.sockway.bench.hop;

import io.sockway.bench.lab.IpFamily;

/** Of which kind the sockets of both ends are. */
enum Family implements Named {
    /** AF_INET. */
    IPV4("ipv4", "IPv4", IpFamily.IPV4, "127.0.0.1"),
    /** AF_INET6 with IPv4 addresses in them, as the JVM's are. */
    MAPPED("mapped", "v4-mapped", IpFamily.IPV4, "127.0.0.1"),
    /** AF_INET6 with IPv6 addresses. */
    IPV6("ipv6", "IPv6", IpFamily.IPV6, "::1");

    private final String option;
    private final String label;
    private final IpFamily network;
    private final String loopback;

    Family(String option, String label, IpFamily network, String loopback) {
        this.option = option;
        this.label = label;
        this.network = network;
        this.loopback = loopback;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }

    /** What the packets between them are. */
    IpFamily network() {
        return network;
    }

    /** Where the server listens. */
    String loopback() {
        return loopback;
    }
}
