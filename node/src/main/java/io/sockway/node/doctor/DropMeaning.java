package io.sockway.node.doctor;

import java.util.Map;
import java.util.Set;

/**
 * What the kernel's drop reasons mean for people.
 *
 * @param words the cause
 * @param remedy what to do
 */
record DropMeaning(String words, String remedy) {
    /** These have findings of their own, which carry the place as evidence. */
    private static final Set<String> OWN_FINDING = Set.of("CPU_BACKLOG", "TCP_LISTEN_OVERFLOW");

    /** Part of normal life: closed ports and sockets, duplicates, answers that came too late. */
    private static final Set<String> NORMAL = Set.of("NO_SOCKET", "SOCKET_CLOSE", "OTHERHOST", "TCP_OLD_DATA", "TCP_OLD_ACK", "TCP_CLOSE",
            "TCP_RESET", "TCP_OLD_SEQUENCE", "TCP_OFOMERGE", "TCP_FLAGS", "UNHANDLED_PROTO", "QUEUE_PURGE", "UNIX_DISCONNECT",
            "UNIX_SKIP_OOB", "TCP_ABORT_ON_DATA", "PACKET_SOCK_ERROR", "TCP_RFC7323_PAWS_ACK", "TCP_RFC7323_TW_PAWS",
            "UNICAST_IN_L2_MULTICAST", "IPV6DISABLED", "DEV_READY", "SOCKET_FILTER", "MAC_INVALID_SOURCE", "IP_NOPROTO",
            "TCP_INVALID_SEQUENCE", "TCP_INVALID_END_SEQUENCE", "SKB_CONSUMED", "SKB_NOT_DROPPED_YET", "TAP_FILTER");

    private static final Map<String, DropMeaning> KNOWN = Map.ofEntries(
            entry("SOCKET_RCVBUFF", "a UDP or raw socket's receive buffer was full: its program reads too slowly",
                    "give the program more CPU, or larger buffers (net.core.rmem_max, and the program's SO_RCVBUF)"),
            entry("SOCKET_BACKLOG", "a TCP socket had too much waiting while its program held it",
                    "larger TCP buffers (third value of net.ipv4.tcp_rmem), or a program that reads in smaller bites"),
            entry("PROTO_MEM", "all TCP or UDP sockets together reached their memory limit", "raise net.ipv4.tcp_mem or net.ipv4.udp_mem"),
            entry("NETFILTER_DROP", "a firewall rule dropped the packet (iptables, nftables, or a full connection table)",
                    "if that is not wanted, find the rule by its counters: iptables-save -c, nft list ruleset"),
            entry("TC_INGRESS", "a traffic-control program or filter dropped the packet, for example a network policy",
                    "if that is not wanted, look at 'tc filter show dev DEVICE ingress' and the network plugin's policy log"),
            entry("TC_EGRESS", "a traffic-control program or filter dropped an outgoing packet, for example a network policy",
                    "if that is not wanted, look at 'tc filter show dev DEVICE egress' and the network plugin's policy log"),
            entry("XDP", "an XDP program dropped the packet", "if that is not wanted, look at 'bpftool net' for the program"),
            entry("BPF_CGROUP_EGRESS", "a BPF program of the sending cgroup dropped the packet",
                    "if that is not wanted, look at 'bpftool cgroup tree' for the program"),
            entry("QDISC_DROP", "a device's send queue dropped the packet: it was full or limits the rate",
                    "look at 'tc -s qdisc show' for the queue; a longer one (txqueuelen, limit) or a higher rate"),
            entry("QDISC_OVERLIMIT", "a device's send queue was full", "look at 'tc -s qdisc show' for the queue; a longer one (limit)"),
            entry("QDISC_CONGESTED", "a device's send queue marked congestion by dropping",
                    "look at 'tc -s qdisc show'; packets wait there longer than its target"),
            entry("FULL_RING", "a ring between two devices was full, for example of a tap device or an XDP program",
                    "let the reader of that ring run more often, or make the ring larger (ethtool -G)"),
            entry("NOMEM", "the kernel had no memory for the packet", "raise vm.min_free_kbytes, and see the findings on memory"),
            entry("PFMEMALLOC", "the kernel was so short of memory that it kept the rest for swapping",
                    "raise vm.min_free_kbytes, and see the findings on memory"),
            entry("IP_RPFILTER", "the packet came by another device than the answer would leave by",
                    "if routing is asymmetric by intent: sysctl -w net.ipv4.conf.DEVICE.rp_filter=2"),
            entry("IP_OUTNOROUTES", "there was no route for an outgoing packet", "look at 'ip route get ADDRESS'"),
            entry("IP_INNOROUTES", "there was no route for an incoming packet",
                    "look at 'ip route get ADDRESS' and net.ipv4.ip_forward"),
            entry("NEIGH_FAILED", "the next hop did not answer ARP or neighbour discovery", "look at 'ip neigh' for FAILED entries"),
            entry("NEIGH_QUEUEFULL", "too many packets waited for the next hop's address",
                    "look at 'ip neigh'; raise net.ipv4.neigh.default.unres_qlen_bytes if the hop answers late"),
            entry("NEIGH_CREATEFAIL", "the table of next hops is full",
                    "raise net.ipv4.neigh.default.gc_thresh1, gc_thresh2 and gc_thresh3"),
            entry("PKT_TOO_BIG", "the packet was larger than the device's MTU", "make the MTUs along the path the same (ip link show)"),
            entry("TCP_CSUM", "the TCP checksum was wrong: damaged on the way, or a broken offload",
                    "look at 'ethtool -S' for CRC errors; try 'ethtool -K DEVICE rx off' to tell cable from offload"),
            entry("UDP_CSUM", "the UDP checksum was wrong: damaged on the way, or a broken offload",
                    "look at 'ethtool -S' for CRC errors; try 'ethtool -K DEVICE rx off' to tell cable from offload"),
            entry("IP_CSUM", "the IP header's checksum was wrong", "look at 'ethtool -S' for CRC errors"),
            entry("TCP_ZEROWINDOW", "data came although the receiver had said that it has no room: its program does not read",
                    "give that program more CPU, or larger TCP buffers"),
            entry("TCP_OVERWINDOW", "data came beyond what the receiver had room for",
                    "if it goes on, look for a middlebox or a sender that ignores the window"),
            entry("TCP_OFO_QUEUE_PRUNE", "data that came out of order was thrown away for lack of receive memory",
                    "larger TCP buffers: third value of net.ipv4.tcp_rmem"),
            entry("TCP_OFO_DROP", "data that came out of order did not fit the receive buffer",
                    "larger TCP buffers: third value of net.ipv4.tcp_rmem"),
            entry("TCP_RFC7323_PAWS", "a segment's timestamp was older than the last one's",
                    "normal after reordering; if often, look for several hosts behind one NAT address"),
            entry("FRAG_REASM_TIMEOUT", "a part of a fragmented packet never came", "look for loss, and for MTUs that differ along the "
                    + "path"),
            entry("IP_INADDRERRORS", "the destination address is not one of this node's", "look at who sends here: ARP and routes "
                    + "upstream"));

    private static Map.Entry<String, DropMeaning> entry(String reason, String words, String remedy) {
        return Map.entry(reason, new DropMeaning(words, remedy));
    }

    /** Whether drops of this reason say nothing that another finding or normal life does not. */
    static boolean silent(String reason) {
        return OWN_FINDING.contains(reason) || NORMAL.contains(reason);
    }

    /** The meaning, or null where there is none for people yet. */
    static DropMeaning of(String reason) {
        return KNOWN.get(reason);
    }
}
