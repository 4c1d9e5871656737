package io.sockway.bench.lab;

/**
 * What a mesh of two pods consists of.
 *
 * @param proxies whether each pod has one
 * @param app the server
 */
public record MeshShape(boolean proxies, App app) {
    /** Both proxies, and nginx behind them. */
    public static final MeshShape HTTP = new MeshShape(true, App.NGINX);

    /** A server, and how it is reached. */
    public enum App {
        /** nginx, HTTP/1.1. */
        NGINX,
        /** nginx, HTTP/2 without TLS. */
        NGINX_HTTP2,
        /** nginx, HTTP/1.1 over a Unix socket. */
        NGINX_UNIX,
        /** Sends back every byte that it gets by TCP. */
        ECHO
    }
}
