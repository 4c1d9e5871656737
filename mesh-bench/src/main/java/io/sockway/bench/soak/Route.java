package io.sockway.bench.soak;

import io.sockway.bench.lab.IpFamily;
import java.net.InetSocketAddress;

/** How a connection gets from the client to the server, both in one network namespace. */
enum Route {
    IPV4_DIRECT(Stack.IPV4, "127.0.0.1", false),
    IPV4_REDIRECT(Stack.IPV4, IpFamily.IPV4.service(), true),
    MAPPED_DIRECT(Stack.DUAL, "127.0.0.1", false),
    MAPPED_REDIRECT(Stack.DUAL, IpFamily.IPV4.service(), true),
    IPV6_DIRECT(Stack.DUAL, "::1", false),
    IPV6_REDIRECT(Stack.DUAL, IpFamily.IPV6.service(), true);

    /** Which sockets a JVM makes. */
    enum Stack {
        /** AF_INET. */
        IPV4(8044, 84),
        /** AF_INET6 for both families: IPv4 addresses are mapped ones. */
        DUAL(8066, 86);

        private final int listening;
        private final int redirected;

        Stack(int listening, int redirected) {
            this.listening = listening;
            this.redirected = redirected;
        }

        /** The port that the server has. */
        int listening() {
            return listening;
        }

        /** The port that iptables leads to the server, whatever the address. */
        int redirected() {
            return redirected;
        }
    }

    private final Stack stack;
    private final String address;
    private final boolean redirect;

    Route(Stack stack, String address, boolean redirect) {
        this.stack = stack;
        this.address = address;
        this.redirect = redirect;
    }

    /** The route of a connection: they take turns. */
    static Route of(long connection) {
        return values()[Math.floorMod(connection, values().length)];
    }

    Stack stack() {
        return stack;
    }

    /** Where the client connects to. */
    InetSocketAddress dialled() {
        return new InetSocketAddress(address, redirect ? stack.redirected() : stack.listening());
    }
}
