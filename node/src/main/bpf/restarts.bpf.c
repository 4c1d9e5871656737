// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts TCP connections that lose their congestion window for having paused. It runs only when that happens. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define MAX_NAMESPACES 1024
/* What a connection begins with (RFC 6928): with no more than that there is nothing to lose. */
#define INITIAL_WINDOW 10
/* On shorter ways the window is back before anybody notices. */
#define LEAST_RTT_US 200

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
};

struct tcp_sock {
	unsigned int snd_cwnd;
	/* eight times the smoothed round-trip time */
	unsigned int srtt_us;
};

#pragma clang attribute pop

/* A network namespace leads to how many of its connections began slowly again. One that finds the map full is not counted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_NAMESPACES);
	__type(key, __u32);
	__type(value, __u64);
} restart_counts SEC(".maps");

SEC("fentry/tcp_cwnd_restart")
int BPF_PROG(sockway_restarts, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u64 *count, one = 1;
	__u32 net;

	if (BPF_CORE_READ(tp, snd_cwnd) <= INITIAL_WINDOW || BPF_CORE_READ(tp, srtt_us) >> 3 < LEAST_RTT_US)
		return 0;
	net = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	count = bpf_map_lookup_elem(&restart_counts, &net);
	if (!count)
		bpf_map_update_elem(&restart_counts, &net, &one, BPF_NOEXIST);
	else
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
