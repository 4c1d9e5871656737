// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An agent that asks for callbacks of its own, as tools that watch retransmissions do, and tells which ones a socket has in the end. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* 0 -> callbacks that each socket had when it closed; and-ed */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} agent_flags SEC(".maps");

SEC("sockops")
int agent_watch(struct bpf_sock_ops *ops)
{
	__u32 zero = 0, *flags = bpf_map_lookup_elem(&agent_flags, &zero);

	if (!flags)
		return 0;
	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		*flags = BPF_SOCK_OPS_ALL_CB_FLAGS;
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_RTO_CB_FLAG);
	}
	if (ops->op == BPF_SOCK_OPS_STATE_CB && ops->args[1] == BPF_TCP_CLOSE)
		*flags &= ops->bpf_sock_ops_cb_flags;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
