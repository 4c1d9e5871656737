package io.sockway.xds.peers;

import java.net.InetAddress;
import java.util.Optional;

/** IP addresses in one form. */
final class Addresses {
    private Addresses() {
    }

    /** The form of {@code InetAddress.getHostAddress}; empty if {@code text} is no IP address. No name is looked up. */
    static Optional<String> normalized(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text).getHostAddress());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
