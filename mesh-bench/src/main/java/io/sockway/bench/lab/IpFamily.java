package io.sockway.bench.lab;

/** The addresses that the pods of a mesh have, and those that Istio uses for its own purposes. */
public enum IpFamily {
    IPV4("127.0.0.1/32", "127.0.0.6", 32, "0.0.0.0", "10.77.0.%d", 24, "10.96.0.80"),
    IPV6("::1/128", "::6", 128, "::", "fd00:77::%d", 64, "fd00:96::80");

    private final String loopback;
    private final String inboundSource;
    private final int hostPrefixLength;
    private final String wildcard;
    private final String podPattern;
    private final int podPrefixLength;
    private final String service;

    IpFamily(String loopback, String inboundSource, int hostPrefixLength, String wildcard, String podPattern, int podPrefixLength,
            String service) {
        this.loopback = loopback;
        this.inboundSource = inboundSource;
        this.hostPrefixLength = hostPrefixLength;
        this.wildcard = wildcard;
        this.podPattern = podPattern;
        this.podPrefixLength = podPrefixLength;
        this.service = service;
    }

    /** The loopback address as iptables writes it, with its prefix length. */
    String loopback() {
        return loopback;
    }

    /** The address that Envoy connects to the app from, which the iptables rules leave alone. */
    String inboundSource() {
        return inboundSource;
    }

    String inboundSourceNetwork() {
        return inboundSource + "/" + hostPrefixLength;
    }

    String wildcard() {
        return wildcard;
    }

    String pod(int number) {
        return podPattern.formatted(number);
    }

    String podNetwork(int number) {
        return pod(number) + "/" + podPrefixLength;
    }

    /** A service's address: no interface has it, only the client's proxy knows what is behind it. */
    public String service() {
        return service;
    }

    /** An address and port as URLs and configurations write it. */
    String authority(String address, int port) {
        return (this == IPV6 ? "[" + address + "]" : address) + ":" + port;
    }
}
