package io.sockway.bench.lab;

/**
 * Who a process runs as; Istio's iptables rules tell the proxy from the app by it.
 *
 * @param uid numeric, it need not be in /etc/passwd
 * @param gid numeric, the only group
 */
public record User(int uid, int gid) {
    /** Sockway itself, which loads BPF programs. */
    public static final User ROOT = new User(0, 0);

    /** Istio's proxy: its traffic leaves the pod as it is. */
    public static final User PROXY = new User(1337, 1337);

    /** The app and its clients: their traffic is redirected to the proxy. */
    public static final User APP = new User(10001, 10001);
}
