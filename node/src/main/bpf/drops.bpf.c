// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts the packets that the kernel throws away, by place, reason and network namespace. It runs only when a packet is dropped. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define MAX_KINDS 1024

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

struct net_device {
	possible_net_t nd_net;
};

struct sock_common {
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
};

/* An int here would match no kernel's field. The numbers differ from kernel to kernel; none is used. */
enum skb_drop_reason {
	SKB_DROP_REASON_UNUSED,
};

struct trace_event_raw_kfree_skb {
	void *skbaddr;
	void *location;
	enum skb_drop_reason reason;
};

#pragma clang attribute pop

struct drop_key {
	__u64 site;
	__u32 reason;
	__u32 net;
};

/* What was dropped where leads to how many. A kind that finds the map full is not counted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_KINDS);
	__type(key, struct drop_key);
	__type(value, __u64);
} drop_counts SEC(".maps");

/* A packet that waits in a socket's tree has no device pointer where others have one, hence the socket first. */
static __u32 net_of(struct sk_buff *skb)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);

	if (sk)
		return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
}

SEC("tracepoint/skb/kfree_skb")
int sockway_drops(struct trace_event_raw_kfree_skb *ctx)
{
	struct drop_key key = { .site = (__u64)ctx->location };
	__u64 *count, one = 1;

	/* Kernels before 5.17 give no reason. */
	if (bpf_core_field_exists(ctx->reason))
		key.reason = ctx->reason;
	key.net = net_of(ctx->skbaddr);
	count = bpf_map_lookup_elem(&drop_counts, &key);
	if (!count)
		bpf_map_update_elem(&drop_counts, &key, &one, BPF_NOEXIST);
	else
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
