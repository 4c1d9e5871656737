package io.sockway.sockops;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** An address and a port of one end, as that end's own socket has them. */
public record Endpoint(InetAddress address, int port) {

    /** From 16 bytes in which IPv4 is v4-mapped. */
    static Endpoint of(byte[] address, boolean ipv6, int port) {
        try {
            return new Endpoint(InetAddress.getByAddress(ipv6 ? address : Arrays.copyOfRange(address, 12, 16)), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("address=" + Arrays.toString(address), e);
        }
    }

    @Override
    public String toString() {
        String host = address.getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
