/**
 * A mesh in miniature on this machine: pods (network namespace and cgroup), Istio's iptables rules, real proxies and servers,
 * and what the kernel says about them (TCP_INFO of each hop's sockets, CPU time of each process).
 *
 * <p>Everything made here is owned by a {@link io.sockway.bench.lab.Lab} and disappears with it, also after a signal; what a killed
 * process left behind is removed when the next lab opens.
 */
package io.sockway.bench.lab;
