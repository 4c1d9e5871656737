package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;
import io.sockway.bench.lab.IpFamily;

/** Of which kind the sockets of both ends are. */
enum Family implements Named {
    /** AF_INET. */
    IPV4("IPv4", IpFamily.IPV4, "127.0.0.1", "%s", "0.0.0.0:%d"),
    /** AF_INET6 with IPv4 addresses in them, as the JVM's are. */
    MAPPED("v4-mapped", IpFamily.IPV4, "127.0.0.1", "[::ffff:%s]", "[::]:%d ipv6only=off"),
    /** AF_INET6 with IPv6 addresses. */
    IPV6("IPv6", IpFamily.IPV6, "::1", "[%s]", "[::]:%d");

    private final String label;
    private final IpFamily network;
    private final String loopback;
    private final String urlHost;
    private final String listenDirective;

    Family(String label, IpFamily network, String loopback, String urlHost, String listenDirective) {
        this.label = label;
        this.network = network;
        this.loopback = loopback;
        this.urlHost = urlHost;
        this.listenDirective = listenDirective;
    }

    @Override
    public String label() {
        return label;
    }

    /** What the packets between them are. */
    IpFamily network() {
        return network;
    }

    /** Where a client on the same machine finds the server. */
    String loopback() {
        return loopback;
    }

    /** A numeric address as the host of a URL that makes a client open a socket of this kind. */
    String urlHost(String address) {
        return urlHost.formatted(address);
    }

    /** What makes nginx listen on all addresses with a socket of this kind. */
    String listenDirective(int port) {
        return listenDirective.formatted(port);
    }
}
