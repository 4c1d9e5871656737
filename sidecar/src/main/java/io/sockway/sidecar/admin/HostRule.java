package io.sockway.sidecar.admin;

import io.netty.util.NetUtil;

/**
 * Keeps foreign web pages out of a server that only local people should reach. A page can have its own host name resolve to
 * 127.0.0.1 (DNS rebinding) and then read what its "own" server says; its requests still carry that name. A request from a person
 * or a program on this machine carries an address or localhost.
 */
final class HostRule {
    private HostRule() {
    }

    /** Whether a Host header's value is an IP address or localhost, with or without a port. */
    static boolean isLocal(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end > 0 && NetUtil.isValidIpV6Address(host.substring(1, end)) && isPort(host.substring(end + 1));
        }
        int colon = host.indexOf(':');
        String name = colon < 0 ? host : host.substring(0, colon);
        return (name.equalsIgnoreCase("localhost") || NetUtil.isValidIpV4Address(name))
                && (colon < 0 || isPort(host.substring(colon)));
    }

    private static boolean isPort(String suffix) {
        return suffix.isEmpty() || suffix.charAt(0) == ':' && suffix.chars().skip(1).allMatch(c -> c >= '0' && c <= '9');
    }
}
